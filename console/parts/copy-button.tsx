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
  const onClick = async () => {
    // A page that is not served securely has no clipboard at all.
    const isCopied = await Promise.resolve(text())
      .then((copied) => navigator.clipboard.writeText(copied))
      .then(
        () => true,
        () => false,
      );
    setOutcome(isCopied ? "Copied" : "Not allowed");
    announce(isCopied ? `Copied: ${what}` : "The browser does not allow copying");
  };
  return (
    <button type="button" class="button button-quiet" aria-label={`Copy ${what}`} onClick={() => void onClick()}>
      {outcome ?? label}
    </button>
  );
}
