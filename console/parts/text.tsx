/** Shows text from the gateway, a vendor or the user. Makes invisible characters visible, and breaks long text. */
import { Fragment } from "preact";

/** Characters that have no width or change the text's direction. With them, two different names can look the same. */
const invisible = /[\p{Bidi_Control}\u00AD\u200B\u2060\uFEFF]/gu;

/** The text with each invisible character as a JSON escape. */
export const visible = (text: string): string =>
  text.replaceAll(invisible, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The reason without the advice to remove the field. The view has a switch that drops such fields. */
export const withoutAdvice = (reason: string): string => reason.replace(/; remove it\b.*$/, "");

/** A sentence in which text between backticks is shown as code. */
export function Prose({ text }: { text: string }) {
  const parts = visible(text).split("`");
  return <>{parts.map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}

/** A long name, pointer or URL. It may break after an underscore or a slash. */
export function Breakable({ text }: { text: string }) {
  return (
    <>
      {text.split(/(?<=[_/])/).map((part, index) => (
        <Fragment key={index}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </>
  );
}

/** A hint below an input whose value has invisible characters. */
export function InvisibleCharacters({ text }: { text: string }) {
  const shown = visible(text);
  return shown === text ? null : (
    <p class="hint invisible-characters">
      Invisible characters: <code>{shown}</code>
    </p>
  );
}
