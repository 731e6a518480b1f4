/** A wide table in a panel. A table that does not fit scrolls sideways, and a hint says so. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface ScrollAreaProps {
  label: string;
  children: ComponentChildren;
}

export function ScrollArea({ label, children }: ScrollAreaProps) {
  const area = useRef<HTMLElement>(null);
  const [isCut, setIsCut] = useState(false);
  useEffect(() => {
    const element = area.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setIsCut(element.scrollWidth > element.clientWidth));
    for (const each of [element, ...element.children]) observer.observe(each);
    return () => observer.disconnect();
  }, []);
  return (
    <>
      {isCut ? <p class="hint scroll-hint">Scroll sideways to see every column →</p> : null}
      <section class="scroll" ref={area} tabIndex={0} aria-label={label}>
        {children}
      </section>
    </>
  );
}
