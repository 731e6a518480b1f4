/** Lines from each field of the account to its destination in each card. They run behind the cards. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Pointer } from "../../schemas/json.ts";
import { text } from "../state/draft.ts";
import { lineOf } from "./json-editor.tsx";
import { highlighted, type Trace } from "./trace.ts";

interface Wire {
  trace: Trace;
  path: string;
  from: { x: number; y: number };
}

/** A line starts to bend at this distance before the card. */
const bendPx = 44;

interface WiresProps {
  /** The element that holds the fields and the cards. */
  stage: RefObject<HTMLElement | null>;
  traces: readonly Trace[];
}

export function Wires({ stage, traces }: WiresProps) {
  const [wires, setWires] = useState<Wire[]>([]);
  useEffect(() => {
    const element = stage.current;
    if (element === null) return;
    const draw = () => setWires(measure(element, traces));
    draw();
    // Whenever a field or a leaf moves, its panel or the stage also changes size.
    const observer = new ResizeObserver(draw);
    for (const each of [element, ...element.querySelectorAll(".panel")]) observer.observe(each);
    return () => observer.disconnect();
  });
  const lit = highlighted.value;
  return (
    <svg class={`wires ${lit === null ? "" : "has-lit"}`} aria-hidden="true">
      {wires.map(({ trace, path, from }) => (
        <g
          key={trace.target}
          data-wire={trace.target}
          class={`wire wire-${trace.disposition} tone-${trace.disposition} ${trace.source === lit ? "is-lit" : ""}`}
        >
          <path d={path} />
          <circle cx={from.x} cy={from.y} r="2.5" />
        </g>
      ))}
    </svg>
  );
}

function measure(stage: HTMLElement, traces: readonly Trace[]): Wire[] {
  const origin = stage.getBoundingClientRect();
  const targets = new Map(
    [...stage.querySelectorAll<HTMLElement>("[data-target]")].map((each) => [each.dataset["target"], each]),
  );
  return traces.flatMap((trace) => {
    const target = targets.get(trace.target);
    const card = target?.closest(".card");
    const from = trace.source === null ? null : portOf(stage, trace.source);
    if (target === undefined || card === null || card === undefined || from === null) return [];
    const { left } = card.getBoundingClientRect();
    const { top } = (target.querySelector(".mark") ?? target).getBoundingClientRect();
    const [x0, y0] = [from.x - origin.left, from.y - origin.top];
    const [x1, y1] = [left - origin.left, top + 6 - origin.top];
    const bend = x1 - bendPx;
    const middle = bend + bendPx / 2;
    const path = `M${x0} ${y0}H${bend}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
    return [{ trace, path, from: { x: x0, y: y0 } }];
  });
}

/** Where a field's lines start: at the field's row, at the closed group of the field, or at its line of the JSON. */
function portOf(stage: HTMLElement, source: Pointer): { x: number; y: number } | null {
  const editor = stage.querySelector(".editor")?.getBoundingClientRect();
  if (editor === undefined) return null;
  const json = stage.querySelector<HTMLTextAreaElement>(".json-editor");
  if (json !== null) {
    const line = lineOf(text.value, source);
    if (line === null) return null;
    const { lineHeight, paddingTop } = getComputedStyle(json);
    const y =
      json.getBoundingClientRect().top + Number.parseFloat(paddingTop) + (line + 0.5) * Number.parseFloat(lineHeight);
    return { x: editor.right, y };
  }
  const port = [source, source.replace(/\/[^/]*$/, "")]
    .map((each) => stage.querySelector<HTMLElement>(`[data-port="${CSS.escape(each)}"]`))
    .find((each) => each?.checkVisibility() === true);
  if (port === undefined || port === null) return null;
  const { top, height } = (port.querySelector("input, select") ?? port).getBoundingClientRect();
  return { x: editor.right, y: top + height / 2 };
}
