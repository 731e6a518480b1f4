/** The choice of the connections that Translate shows side by side. */
import { computed, signal } from "@preact/signals";
import { ConnectionSearch } from "../parts/connection-search.tsx";
import { listed } from "../state/connections.ts";
import { openSession } from "../state/session.ts";

/** More than four columns are hard to compare. */
const initialCount = 4;
const chosen = signal<ReadonlySet<string> | null>(null);

/** Until the user chooses: one connection of each vendor, and then others up to `initialCount`. */
export const shownConnections = computed<ReadonlySet<string>>(() => {
  if (chosen.value !== null) return chosen.value;
  const { connections } = openSession.value;
  const firstOfVendor = connections.filter(
    ({ vendor }, index) => connections.findIndex((other) => other.vendor === vendor) === index,
  );
  const initial = [...new Set([...firstOfVendor, ...connections])].slice(0, initialCount);
  return new Set(initial.map(({ id }) => id));
});

export function ConnectionPicker() {
  const { connections } = openSession.value;
  if (connections.length <= 1) return null;
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
