import { useEffect, useState } from "preact/hooks";
import { announce } from "./announce.tsx";

const shownMs = 1600;

interface CopyButtonProps {
  label: string;
  /** What is copied, for those who do not see where the button stands. */
  what: string;
  text: () => string;
}

export function CopyButton({ label, what, text }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"Copied" | "Not allowed" | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setOutcome(null), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => "Copied" as const,
      () => "Not allowed" as const,
    );
  const onClick = async () => {
    const met = await copy();
    setOutcome(met);
    announce(met === "Copied" ? `Copied: ${what}` : "The browser does not allow copying");
  };
  return (
    <button type="button" class="button button-quiet" aria-label={`Copy ${what}`} onClick={() => void onClick()}>
      {outcome ?? label}
    </button>
  );
}
