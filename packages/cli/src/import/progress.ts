/** The progress of an import: a bar if stderr is a terminal, otherwise a line every few seconds. */
import { SingleBar } from "cli-progress";
import { counted, type Terminal } from "../terminal.ts";

export interface Counts {
  created: number;
  failed: number;
  unknown: number;
}

export interface Progress {
  show: (counts: Counts) => void;
  end: () => void;
}

const lineEveryMs = 5_000;

export function startProgress(total: number, terminal: Terminal): Progress {
  return terminal.host.stderr.isTTY && total > 0 ? startBar(total, terminal) : startLines(total, terminal);
}

/** Measures the average rate of the run, and estimates the time left. */
function startMeasuring(total: number) {
  const startedMs = performance.now();
  return ({ created, failed, unknown }: Counts) => {
    const done = created + failed + unknown;
    const perSecond = (done / Math.max(1, performance.now() - startedMs)) * 1000;
    const left = perSecond === 0 ? "?" : duration((total - done) / perSecond);
    const notCreated = [...(failed > 0 ? [`${failed} failed`] : []), ...(unknown > 0 ? [`${unknown} unknown`] : [])];
    return {
      done,
      rate: perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0),
      left,
      notCreated: notCreated.join(", "),
    };
  };
}

function startBar(total: number, terminal: Terminal): Progress {
  const measure = startMeasuring(total);
  const bar = new SingleBar({
    format: "{bar} {percentage}%  {value} of {total}  {rate}/s  {left} left  {notCreated}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    stream: terminal.host.stderr,
  });
  bar.start(total, 0, { rate: "?", left: "?", notCreated: "" });
  return {
    show: (counts) => {
      const { done, ...payload } = measure(counts);
      bar.update(done, payload);
    },
    end: () => bar.stop(),
  };
}

function startLines(total: number, terminal: Terminal): Progress {
  const measure = startMeasuring(total);
  let latest: Counts = { created: 0, failed: 0, unknown: 0 };
  const line = () => {
    const { done, rate, left, notCreated } = measure(latest);
    terminal.report(
      `${done} of ${counted(total, "row")}, ${rate}/s, ${left} left${notCreated === "" ? "" : `, ${notCreated}`}`,
    );
  };
  const timer = setInterval(line, lineEveryMs);
  return {
    show: (counts) => void (latest = counts),
    end: () => clearInterval(timer),
  };
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
