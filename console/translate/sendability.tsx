/** Whether a connection could be sent the account. */
import { Mark } from "../parts/mark.tsx";

interface SendabilityProps {
  isStale: boolean;
  canBeSent: boolean;
}

export function Sendability({ isStale, canBeSent }: SendabilityProps) {
  if (isStale) return <span class="verdict is-old">Of an earlier account</span>;
  return (
    <span class={`verdict ${canBeSent ? "is-good" : "is-bad"}`}>
      <Mark kind={canBeSent ? "created" : "refused"} /> {canBeSent ? "Can be sent" : "Cannot be sent"}
    </span>
  );
}
