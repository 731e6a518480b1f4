/** `connections check`: whether each connection is configured, and whether its vendor would take a create now. */
import {
  type AccountGateway,
  AccountGatewayError,
  type ConnectionCheck,
  type ConnectionDescription,
} from "../../client/src/index.ts";
import { connectionOf } from "./connection-of.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { columns, indented } from "./layout.ts";
import type { Shell } from "./shell.ts";
import { styled } from "./text.ts";

export interface CheckOptions extends GatewayOptions {
  connection?: string;
}

interface Finding {
  subject: string;
  verdict: "ok" | "bad" | "unknown";
  detail: string;
}

/** In seconds: a vendor may take its time for a token and for what is asked then. */
const checkTimeout = 30;
const marks = {
  ok: { style: "green", mark: "✔" },
  bad: { style: "red", mark: "✘" },
  unknown: { style: "yellow", mark: "?" },
} as const;

export async function checkConnections({ connection, ...options }: CheckOptions, shell: Shell): Promise<ExitCode> {
  const { gateway } = openGateway(options, shell.host);
  const timeoutMs = (options.timeout ?? checkTimeout) * 1000;
  const connections =
    connection === undefined ? await gateway.connections.list() : [await connectionOf(gateway, connection)];
  if (connections.length === 0)
    shell.print("The gateway takes your key, which opens no connection: add ids to its `connections`.");
  let isGood = connections.length > 0;
  for (const each of connections) {
    const findings = await check(gateway, timeoutMs, each);
    isGood &&= findings.every(({ verdict }) => verdict === "ok");
    shell.print(styled("bold", each.id));
    const rows = findings.map(({ verdict, subject, detail }) => {
      const { style, mark } = marks[verdict];
      return [styled(style, mark), subject, detail];
    });
    shell.print(...indented(columns(rows)));
  }
  return isGood ? exitCodes.done : exitCodes.faults;
}

async function check(
  gateway: AccountGateway,
  timeoutMs: number,
  { id, vendor, status, handling, require_key, guarantee }: ConnectionDescription,
): Promise<Finding[]> {
  if (status === "misconfigured")
    return [
      {
        subject: "configuration",
        verdict: "bad",
        detail: "faulty, and out of use: ask whoever runs the gateway to run `npm run check` and correct what it names",
      },
    ];
  return [
    {
      subject: "configuration",
      verdict: "ok",
      detail: `${vendor}, handling ${handling}, creates ${require_key === true ? "only with" : "also without"} an Idempotency-Key`,
    },
    { subject: "guarantee", verdict: "ok", detail: `${guarantee?.level}: ${guarantee?.assumption}` },
    ...(await askVendor(gateway, id, timeoutMs)),
  ];
}

/** One connection that cannot be checked keeps none of the others from it. */
async function askVendor(gateway: AccountGateway, id: string, timeoutMs: number): Promise<Finding[]> {
  let found: ConnectionCheck;
  try {
    found = await gateway.connections.check(id, { timeoutMs });
  } catch (error) {
    if (!(error instanceof AccountGatewayError)) throw error;
    const { code, detail } = error.problem;
    return [{ subject: "vendor", verdict: "unknown", detail: `not asked: ${code}: ${detail}` }];
  }
  const { reachable, authorized, lookup, detail } = found;
  const asked = [
    { subject: "vendor", isGood: reachable, good: "answers" },
    { subject: "credentials", isGood: authorized, good: "are taken" },
    { subject: "lookup", isGood: lookup, good: "works" },
    // Where nothing is wrong, what is not told has nothing to be told by.
  ].filter(({ isGood }) => isGood !== null || detail !== null);
  // What is wrong is told where it is wrong, or else where the telling ended.
  const faulty = asked.find(({ isGood }) => isGood === false) ?? asked.find(({ isGood }) => isGood === null);
  return asked.map((each): Finding => {
    const { subject, isGood, good } = each;
    if (isGood === true) return { subject, verdict: "ok", detail: good };
    const told = each === faulty ? detail : null;
    return { subject, verdict: isGood === null ? "unknown" : "bad", detail: told ?? "was not told" };
  });
}
