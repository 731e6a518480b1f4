/** Which connections stand side by side: three at first, since more are hard to compare. */
import { computed, signal } from "@preact/signals";
import { ConnectionSearch } from "../parts/connection-search.tsx";
import { listed } from "../state/connection-search.ts";
import { open } from "../state/session.ts";

const atFirst = 3;
const chosen = signal<ReadonlySet<string> | null>(null);

export const shownConnections = computed<ReadonlySet<string>>(
  () => chosen.value ?? new Set(open.value.connections.slice(0, atFirst).map(({ id }) => id)),
);

export function ConnectionPicker() {
  const { connections } = open.value;
  if (connections.length <= atFirst) return null;
  const toggle = (id: string) => {
    const next = new Set(shownConnections.value);
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  };
  return (
    <fieldset class="picker">
      <legend>Connections</legend>
      <ConnectionSearch />
      {listed((id) => shownConnections.value.has(id)).map(({ id }) => (
        <label key={id} class="check">
          <input type="checkbox" checked={shownConnections.value.has(id)} onChange={() => toggle(id)} /> {id}
        </label>
      ))}
    </fieldset>
  );
}
