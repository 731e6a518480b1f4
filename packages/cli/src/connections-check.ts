/** `connections check`: shows whether each configuration is valid, and whether the vendor would accept a create. */
import {
  type AccountGateway,
  AccountGatewayError,
  type ConnectionCheck,
  type ConnectionDescription,
} from "../../client/src/index.ts";
import { type ExitCode, exitCodes } from "./failure.ts";
import { askToCorrectConfiguration, findConnection, type GatewayOptions, openGateway } from "./gateway.ts";
import { problemSummary } from "./problem-text.ts";
import { columns, indented, styled, type Terminal } from "./terminal.ts";

export interface CheckOptions extends GatewayOptions {
  connection?: string;
}

interface CheckLine {
  status: "ok" | "bad" | "unknown";
  subject: string;
  detail: string;
}

/** The time for one check, which may fetch a token before its lookup. */
const defaultTimeoutSeconds = 30;
const marks = {
  ok: { style: "green", mark: "✔" },
  bad: { style: "red", mark: "✘" },
  unknown: { style: "yellow", mark: "?" },
} as const;

export async function checkConnections(
  { connection, ...options }: CheckOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { gateway } = openGateway(options, terminal.host);
  const timeoutMs = (options.timeout ?? defaultTimeoutSeconds) * 1000;
  const connections =
    connection === undefined ? await gateway.connections.list() : [await findConnection(gateway, connection)];
  if (connections.length === 0)
    terminal.print(
      "The gateway accepts your key, but the key has no connections: add connection ids to the key's `connections`.",
    );
  let isGood = connections.length > 0;
  for (const each of connections) {
    const lines = await check(gateway, timeoutMs, each);
    isGood &&= lines.every(({ status }) => status === "ok");
    terminal.print(styled("bold", each.id));
    const rows = lines.map(({ status, subject, detail }) => {
      const { style, mark } = marks[status];
      return [styled(style, mark), subject, detail];
    });
    terminal.print(...indented(columns(rows)));
  }
  return isGood ? exitCodes.done : exitCodes.faults;
}

async function check(
  gateway: AccountGateway,
  timeoutMs: number,
  { id, vendor, status, handling, require_key, guarantee }: ConnectionDescription,
): Promise<CheckLine[]> {
  if (status === "misconfigured")
    return [
      {
        status: "bad",
        subject: "configuration",
        detail: `disabled because of configuration faults: ${askToCorrectConfiguration}`,
      },
    ];
  return [
    {
      status: "ok",
      subject: "configuration",
      detail: `${vendor}, handling ${handling}, Idempotency-Key ${require_key === true ? "required" : "optional"}`,
    },
    { status: "ok", subject: "guarantee", detail: `${guarantee?.level}: ${guarantee?.assumption}` },
    ...(await checkVendor(gateway, id, timeoutMs)),
  ];
}

/** Reports a failed check as a line, so that the command still checks the other connections. */
async function checkVendor(gateway: AccountGateway, id: string, timeoutMs: number): Promise<CheckLine[]> {
  let result: ConnectionCheck;
  try {
    result = await gateway.connections.check(id, { timeoutMs });
  } catch (error) {
    if (!(error instanceof AccountGatewayError)) throw error;
    return [{ status: "unknown", subject: "vendor", detail: `not checked: ${problemSummary(error.problem)}` }];
  }
  const { reachable, authorized, lookup, detail } = result;
  const steps = [
    { subject: "vendor", isGood: reachable, good: "reachable" },
    { subject: "credentials", isGood: authorized, good: "accepted" },
    { subject: "lookup", isGood: lookup, good: "works" },
    // `null` without a detail: the vendor has no such step.
  ].filter(({ isGood }) => isGood !== null || detail !== null);
  // The detail describes the step that failed. If no step failed, it describes the first step that was not checked.
  const faulty = steps.find(({ isGood }) => isGood === false) ?? steps.find(({ isGood }) => isGood === null);
  return steps.map((step): CheckLine => {
    const { subject, isGood, good } = step;
    if (isGood === true) return { status: "ok", subject, detail: good };
    const reason = step === faulty ? detail : null;
    return { status: isGood === null ? "unknown" : "bad", subject, detail: reason ?? "not checked" };
  });
}
