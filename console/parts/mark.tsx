/** An icon for each disposition, support and state. The icons differ in shape and colour. */
import type { ComponentChildren } from "preact";

type Shape =
  | "disc"
  | "ring"
  | "diamond"
  | "square"
  | "frame"
  | "triangle"
  | "cross"
  | "bar"
  | "half"
  | "tick"
  | "question"
  | "dots";

const shapes: Record<Shape, ComponentChildren> = {
  disc: <circle cx="6" cy="6" r="4.25" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" stroke-width="1.75" />,
  diamond: <path d="M6 .9 11.1 6 6 11.1.9 6Z" fill="currentColor" />,
  square: <rect x="1.75" y="1.75" width="8.5" height="8.5" rx="1.5" fill="currentColor" />,
  frame: (
    <rect x="2.25" y="2.25" width="7.5" height="7.5" rx="1" fill="none" stroke="currentColor" stroke-width="1.5" />
  ),
  triangle: <path d="M6 1.2 11.3 10.4H.7Z" fill="currentColor" />,
  cross: <path d="m2.25 2.25 7.5 7.5m0-7.5-7.5 7.5" stroke="currentColor" stroke-width="2.1" stroke-linecap="round" />,
  bar: <path d="M2 6h8" stroke="currentColor" stroke-width="2.1" stroke-linecap="round" />,
  half: (
    <>
      <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d="M6 2a4 4 0 0 1 0 8Z" fill="currentColor" />
    </>
  ),
  tick: (
    <path
      d="m1.8 6.4 2.9 2.9 5.5-6.2"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  ),
  question: (
    <path
      d="M3.6 4.3a2.4 2.4 0 1 1 3.5 2.1c-.8.4-1.1.8-1.1 1.5M6 10.6v.1"
      fill="none"
      stroke="currentColor"
      stroke-width="1.9"
      stroke-linecap="round"
    />
  ),
  dots: (
    <g fill="currentColor">
      <circle cx="1.9" cy="6" r="1.5" />
      <circle cx="6" cy="6" r="1.5" />
      <circle cx="10.1" cy="6" r="1.5" />
    </g>
  ),
};

const kinds = {
  sent: "disc",
  mapped: "diamond",
  defaulted: "square",
  stamped: "triangle",
  constant: "frame",
  implied: "ring",
  dropped: "bar",
  refused: "cross",
  required: "disc",
  supported: "ring",
  unsupported: "bar",
  queued: "dots",
  sending: "half",
  unknown: "question",
  needs_review: "triangle",
  created: "tick",
  rejected: "cross",
  not_created: "bar",
} as const satisfies Record<string, Shape>;

export type MarkKind = keyof typeof kinds;

/** Hidden from screen readers, because its label is always beside it. */
export function Mark({ kind }: { kind: MarkKind }) {
  return (
    <svg class={`mark tone-${kind}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {shapes[kinds[kind]]}
    </svg>
  );
}
