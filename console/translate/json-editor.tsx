/** The account as JSON. */
import type { Pointer } from "../../schemas/json.ts";
import { toPath } from "../../schemas/json-pointer.ts";
import { text } from "../state/draft.ts";

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
        // Restore the caret. If the change also replaces the reference in the text, the browser moves the caret to the end.
        currentTarget.setSelectionRange(selectionStart, selectionEnd);
      }}
    />
  );
}

/** The line of a leaf, counted from 0. Finds each member's name after the name of its parent. */
export function lineOf(json: string, pointer: Pointer): number | null {
  let at = 0;
  for (const member of toPath(pointer)) {
    // Escape only dots: no other character of a traced name is special in a regular expression.
    const found = json.slice(at).search(new RegExp(`"${member.replaceAll(".", "\\.")}"\\s*:`));
    if (found === -1) return null;
    at += found + 1;
  }
  return json.slice(0, at).split("\n").length - 1;
}
