/** A JSON body, one line for each leaf, with the field that each leaf comes from. */
import { toPointer } from "../../schemas/json-pointer.ts";
import { dispositions } from "../labels.ts";
import { highlighted, highlightOnHover, nameOf, type Trace } from "../translate/trace.ts";
import { Mark } from "./mark.tsx";
import { Breakable, visible } from "./text.tsx";

interface Line {
  depth: number;
  name: string | null;
  text: string;
  /** The leaf's pointer. `null` for a line with only a brace. */
  pointer: string | null;
}

function linesOf(value: unknown, name: string | null, pointer: string, depth: number, comma: string): Line[] {
  if (typeof value !== "object" || value === null)
    return [{ depth, name, text: visible(JSON.stringify(value)) + comma, pointer }];
  const isArray = Array.isArray(value);
  const members: [string, unknown][] = Object.entries(value);
  const [begin, end] = isArray ? "[]" : "{}";
  if (members.length === 0) return [{ depth, name, text: `${begin}${end}${comma}`, pointer }];
  const inner = members.flatMap(([member, each], index) =>
    linesOf(
      each,
      isArray ? null : member,
      `${pointer}${toPointer([member])}`,
      depth + 1,
      index < members.length - 1 ? "," : "",
    ),
  );
  const brace = (text: string, of: string | null) => ({ depth, name: of, text, pointer: null });
  return [brace(begin ?? "", name), ...inner, brace(`${end}${comma}`, null)];
}

interface BodyLinesProps {
  body: unknown;
  traces?: readonly Trace[];
}

export function BodyLines({ body, traces = [] }: BodyLinesProps) {
  return (
    <div class="lines">
      {linesOf(body, null, "", 0, "").map((line, index) => (
        <BodyLine
          key={line.pointer ?? `${index} ${line.text}`}
          line={line}
          trace={traces.find(({ to }) => to !== null && to === line.pointer)}
        />
      ))}
    </div>
  );
}

function BodyLine({ line: { depth, name, text, pointer }, trace }: { line: Line; trace: Trace | undefined }) {
  const source = trace?.source ?? null;
  const isLeaf = pointer !== null;
  const isLit = source !== null && source === highlighted.value;
  return (
    <div
      class={`line depth-${Math.min(depth, 4)} ${trace === undefined ? "" : `leaf tone-${trace.disposition}`} ${isLit ? "is-lit" : ""}`}
      data-target={trace?.target}
      title={trace?.reason ?? undefined}
      {...highlightOnHover(source)}
    >
      {trace === undefined ? null : <Mark kind={trace.disposition} />}
      <code>
        {name === null ? null : (
          <span class="member">
            <Breakable text={visible(JSON.stringify(name))} />:{" "}
          </span>
        )}
        <span class={/^null,?$/.test(text) || !isLeaf ? "nothing" : "value"}>{text}</span>
      </code>
      {trace === undefined ? null : (
        <span class="origin">
          {dispositions[trace.disposition].label.toLowerCase()}
          {source === null ? "" : ` · ${nameOf(source)}`}
        </span>
      )}
    </div>
  );
}
