import { Fragment } from "preact";

/** A long name or pointer: it breaks behind an underscore or a slash. */
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
