import { useEffect, useState } from "preact/hooks";

const patienceMs = 400;

/** Says that something takes its time, once it does: an answer that comes at once leaves no flicker. */
export function Pending({ children }: { children: string }) {
  const [isSlow, setIsSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), patienceMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <output class="pending">
      {isSlow ? (
        <>
          <span class="spinner" aria-hidden="true" /> {children}
        </>
      ) : null}
    </output>
  );
}
