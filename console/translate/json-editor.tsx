/** The account as JSON. */
import { text } from "../state/draft.ts";
import type { Pointer } from "../../schemas/json.ts";

export function JsonEditor({ describedBy }: { describedBy: string | undefined }) {
  const lines = text.value.split("\n").length;
  return (
    <textarea
      class="json-editor"
      aria-label="The account as JSON"
      aria-describedby={describedBy}
      aria-invalid={describedBy !== undefined}
      spellcheck={false}
      autocomplete="off"
      wrap="off"
      rows={Math.max(lines, 18)}
      value={text}
      onInput={({ currentTarget }) => {
        const { selectionStart, selectionEnd } = currentTarget;
        text.value = currentTarget.value;
        // If the change renews the reference in the text, the caret would move to the end.
        currentTarget.setSelectionRange(selectionStart, selectionEnd);
      }}
    />
  );
}

/** The line of a leaf, from 0: the function looks for each member's name after the name of its parent. */
export function lineOf(json: string, pointer: Pointer): number | null {
  let at = 0;
  for (const token of pointer.slice(1).split("/")) {
    const found = json.slice(at).search(new RegExp(`"${token.replaceAll(".", "\\.")}"\\s*:`));
    if (found === -1) return null;
    at += found + 1;
  }
  return json.slice(0, at).split("\n").length - 1;
}
