import { visible } from "../words.ts";

/** Below a field: what stands in it, where that is not what shows. */
export function Unseen({ text }: { text: string }) {
  const shown = visible(text);
  return shown === text ? null : (
    <p class="hint unseen-in-it">
      With characters that do not show: <code>{shown}</code>
    </p>
  );
}
