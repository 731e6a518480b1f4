import { visible } from "../words.ts";

/** A sentence of the gateway's, its `code` set as code. */
export function Prose({ text }: { text: string }) {
  const parts = visible(text).split("`");
  return <>{parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
