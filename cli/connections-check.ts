/**
 * `connections check`: whether each connection is ready, as the gateway tells it, and what its newest operations show of the
 * vendor. Nothing is sent to a vendor: whether it answers, takes the gateway's token and lets accounts be looked up is told
 * by what creates have met.
 */
import type { AccountGateway, AccountGatewayProblem, ConnectionDescription, Operation } from "../client/index.ts";
import { connectionOf } from "./connection-of.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { columns, indented } from "./layout.ts";
import type { Shell } from "./shell.ts";

export interface CheckOptions extends GatewayOptions {
  connection?: string;
}

interface Finding {
  subject: string;
  verdict: "ok" | "bad" | "unknown";
  detail: string;
}

/** How many of the newest operations are read. */
const operationsRead = 20;
const whatNobodyHasTold = `Nothing was sent to a vendor. What has a "?" no operation has shown yet: a create with an Idempotency-Key tells whether
the vendor answers and takes the credentials, and one that is not answered whether accounts can be looked up.`;
const marks = {
  ok: { style: "green", mark: "✔" },
  bad: { style: "red", mark: "✘" },
  unknown: { style: "yellow", mark: "?" },
} as const;

export async function checkConnections({ connection, ...options }: CheckOptions, shell: Shell): Promise<ExitCode> {
  const { gateway } = openGateway(options, shell.host);
  const connections =
    connection === undefined ? await gateway.connections.list() : [await connectionOf(gateway, connection)];
  if (connections.length === 0)
    shell.print("The gateway takes your key, which opens no connection: add ids to its `connections`.");
  let isGood = connections.length > 0;
  let isTold = true;
  for (const each of connections) {
    const findings = await check(gateway, each);
    isGood &&= findings.every(({ verdict }) => verdict !== "bad");
    isTold &&= findings.every(({ verdict }) => verdict !== "unknown");
    shell.print(shell.styled("bold", each.id));
    const rows = findings.map(({ verdict, subject, detail }) => {
      const { style, mark } = marks[verdict];
      return [shell.styled(style, mark), subject, detail];
    });
    shell.print(indented(columns(rows)));
  }
  if (!isTold) shell.tell(whatNobodyHasTold);
  return isGood ? exitCodes.done : exitCodes.faults;
}

async function check(gateway: AccountGateway, connection: ConnectionDescription): Promise<Finding[]> {
  const { id, vendor, status, handling, require_key, guarantee } = connection;
  if (status === "misconfigured")
    return [
      {
        subject: "configuration",
        verdict: "bad",
        detail: "faulty, and out of use: ask whoever runs the gateway to run `npm run check` and correct what it names",
      },
    ];
  const { operations: newest } = await gateway.operations.list({ connection: id });
  const operations = await Promise.all(newest.slice(0, operationsRead).map((each) => gateway.operations.get(each.id)));
  const level = guarantee?.level ?? "at_most_once";
  return [
    {
      subject: "configuration",
      verdict: "ok",
      detail: `${vendor}, handling ${handling}, creates ${require_key === true ? "only with" : "also without"} an Idempotency-Key`,
    },
    { subject: "guarantee", verdict: "ok", detail: `${level}: ${guarantee?.assumption ?? ""}` },
    ...(["vendor", "token", "lookup"] as const)
      .filter((subject) => subject !== "lookup" || level !== "at_most_once")
      .map((subject) => latest(subject, operations)),
  ];
}

type Reason = Operation["history"][number]["reason"];
interface Sign {
  reasons: readonly Reason[];
  /** Of the operation, where the reason alone does not tell. */
  problem?: AccountGatewayProblem["code"];
  verdict: "ok" | "bad";
  detail: string;
}

/** What an operation's history shows of the vendor. */
const signs: Record<"vendor" | "token" | "lookup", readonly Sign[]> = {
  vendor: [
    { reasons: ["vendor_answered", "found", "absent", "taken"], verdict: "ok", detail: "answered" },
    { reasons: ["not_sent"], problem: "vendor_unavailable", verdict: "bad", detail: "could not be reached" },
    { reasons: ["no_answer"], verdict: "bad", detail: "did not answer" },
  ],
  token: [
    {
      reasons: ["not_sent", "vendor_answered"],
      problem: "vendor_auth_failed",
      verdict: "bad",
      detail: "refused: check the connection's credentials",
    },
    { reasons: ["vendor_answered", "found", "absent", "taken"], verdict: "ok", detail: "taken" },
  ],
  lookup: [
    {
      reasons: ["found", "absent", "taken"],
      verdict: "ok",
      detail: "showed what became of a create that nobody answered",
    },
    {
      reasons: ["no_verdict"],
      verdict: "bad",
      detail: "gave no verdict for a day: check that the credentials may read accounts",
    },
  ],
};

/** The newest sign counts. */
function latest(subject: keyof typeof signs, operations: readonly Operation[]): Finding {
  const seen = operations
    .flatMap(({ history, problem }) =>
      history.flatMap(({ at, reason }) => {
        const sign = signs[subject].find(
          (each) => each.reasons.includes(reason) && (each.problem === undefined || each.problem === problem?.code),
        );
        return sign === undefined ? [] : [{ at, sign }];
      }),
    )
    .toSorted((one, other) => other.at.localeCompare(one.at));
  const [newest] = seen;
  return newest === undefined
    ? {
        subject,
        verdict: "unknown",
        detail: "cannot be told: none of the newest operations that your key may see shows it",
      }
    : { subject, verdict: newest.sign.verdict, detail: `${newest.sign.detail}, ${newest.at}` };
}
