/** How far an import is: a bar where stderr is a terminal, and otherwise a line now and then. */
import { SingleBar } from "cli-progress";
import { counted } from "../layout.ts";
import type { Shell } from "../shell.ts";

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

export function startProgress(total: number, shell: Shell): Progress {
  return shell.host.stderr.isTTY && total > 0 ? startBar(total, shell) : startLines(total, shell);
}

/** Rate and time left, over the whole of the run. */
function measure(total: number) {
  const startedMs = performance.now();
  return ({ created, failed, unknown }: Counts) => {
    const done = created + failed + unknown;
    const perSecond = (done / Math.max(1, performance.now() - startedMs)) * 1000;
    const left = perSecond === 0 ? "?" : duration((total - done) / perSecond);
    const trouble = [...(failed > 0 ? [`${failed} failed`] : []), ...(unknown > 0 ? [`${unknown} unknown`] : [])].join(
      ", ",
    );
    return { done, rate: perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0), left, trouble };
  };
}

function startBar(total: number, shell: Shell): Progress {
  const measured = measure(total);
  const bar = new SingleBar({
    format: "{bar} {percentage}%  {value} of {total}  {rate}/s  {left} left  {trouble}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    stream: shell.host.stderr,
  });
  bar.start(total, 0, { rate: "?", left: "?", trouble: "" });
  return {
    show: (counts) => {
      const { done, ...payload } = measured(counts);
      bar.update(done, payload);
    },
    end: () => bar.stop(),
  };
}

function startLines(total: number, shell: Shell): Progress {
  const measured = measure(total);
  let latest: Counts = { created: 0, failed: 0, unknown: 0 };
  const line = () => {
    const { done, rate, left, trouble } = measured(latest);
    shell.tell(`${done} of ${counted(total, "row")}, ${rate}/s, ${left} left${trouble === "" ? "" : `, ${trouble}`}`);
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
