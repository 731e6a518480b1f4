/** How long each part of a create took, from its `Server-Timing` header. */
import { durationOf } from "../labels.ts";

const parts = { gateway: "Gateway", vendor: "Vendor", ledger: "Ledger" } as const;

/** `gateway;dur=9, vendor;dur=33` */
function durations(header: string): Record<string, number> {
  const entries = [...header.matchAll(/(\w+);dur=(\d+(?:\.\d+)?)/g)];
  return Object.fromEntries(entries.map(([, name = "", milliseconds]) => [name, Number(milliseconds)]));
}

export function TimingBar({ header }: { header: string | null }) {
  if (header === null) return null;
  const spent = durations(header);
  const names = Object.keys(parts) as (keyof typeof parts)[];
  return (
    <figure class="timing" aria-label="How long it took">
      <div class="timing-bar" aria-hidden="true">
        {names
          .filter((name) => (spent[name] ?? 0) > 0)
          .map((name) => (
            <span key={name} class={`timing-${name}`} style={{ flexGrow: spent[name] ?? 0 }} />
          ))}
      </div>
      <figcaption>
        {names.map((name) => (
          <span key={name}>
            <span class={`timing-key timing-${name}`} aria-hidden="true" /> {parts[name]}{" "}
            <strong>{durationOf(spent[name] ?? 0)}</strong>
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
