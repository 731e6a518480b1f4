/** `operations`: lists and shows the ledger's operations, and resolves those in review. */
import type { AccountGateway, Operation, OperationState, Resolution } from "../../client/src/index.ts";
import * as z from "zod/mini";
import { resolution as resolutionSchema } from "../../../schemas/operation.ts";
import { type ExitCode, exitCodes, Failure } from "./failure.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { problemFacts } from "./problem-text.ts";
import { columns, counted, indented, type Styled, styled, type Terminal, type Text } from "./terminal.ts";

export interface ListOptions extends GatewayOptions {
  connection: string;
  state?: OperationState;
  limit: number;
}

export interface ResolveOptions extends GatewayOptions {
  created?: string;
  notCreated?: true;
  reason: string;
  force?: true;
}

const styles = {
  queued: "cyan",
  sending: "cyan",
  unknown: "yellow",
  needs_review: "yellow",
  created: "green",
  rejected: "red",
  not_created: "red",
} as const satisfies Record<OperationState, string>;

const styledState = (state: OperationState): Styled => styled(styles[state], state);

export async function listOperations(
  { connection, state, limit, ...options }: ListOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { gateway } = openGateway(options, terminal.host);
  const { operations, isMore } = await readOperations(gateway, { connection, state, limit });
  const rows = operations.map((each) => [each.id, styledState(each.state), each.created_at, each.guarantee]);
  terminal.print(...columns(rows));
  if (operations.length === 0) terminal.report(`${connection} has no such operations.`);
  if (isMore) terminal.report("There are older operations: pass a higher --limit, or a --state.");
  const inReview = operations.filter((each) => each.state === "needs_review");
  const [first] = inReview;
  if (first !== undefined)
    terminal.report(
      `${counted(inReview.length, "operation")} in review. To see what to do, run: account-gateway operations show ${first.id}`,
    );
  return exitCodes.done;
}

/** Reads pages, the newest operations first, until the limit is reached. */
async function readOperations(
  gateway: AccountGateway,
  { connection, state, limit }: { connection: string; state: OperationState | undefined; limit: number },
) {
  const operations = [];
  let cursor: string | undefined;
  do {
    const page = await gateway.operations.list({ connection, state, cursor });
    operations.push(...page.operations);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && operations.length < limit);
  return { operations: operations.slice(0, limit), isMore: cursor !== undefined || operations.length > limit };
}

export async function showOperation(id: string, options: GatewayOptions, terminal: Terminal): Promise<ExitCode> {
  const { gateway } = openGateway(options, terminal.host);
  terminal.print(...render(await gateway.operations.get(id)));
  return exitCodes.done;
}

export async function resolveOperation(id: string, options: ResolveOptions, terminal: Terminal): Promise<ExitCode> {
  const resolution = readResolution(options);
  const { gateway } = openGateway(options, terminal.host);
  if (resolution.outcome === "created" && options.force !== true)
    await checkCandidates(gateway, id, resolution.vendor_id);
  terminal.print(...render(await gateway.operations.resolve(id, resolution)));
  terminal.report(
    "Resolved. The next request with the same Idempotency-Key gets this result. If the account came from an import, run the same import again.",
  );
  return exitCodes.done;
}

const candidate = z.looseObject({ id: z.union([z.string(), z.number()]) });

/** Refuses an id that is not a candidate: a resolution is final, so a mistyped id could not be corrected. */
async function checkCandidates(gateway: AccountGateway, operation: string, vendorId: string): Promise<void> {
  const { candidates } = await gateway.operations.get(operation);
  const ids = candidates.flatMap((each) => candidate.safeParse(each).data?.id ?? []).map(String);
  if (ids.length === 0 || ids.includes(vendorId)) return;
  throw new Failure(
    exitCodes.usage,
    `The id in --created is not one that the vendor's lookup found (${ids.join(", ")}): pass one of these, or add --force if you are sure.`,
  );
}

function readResolution({ created, notCreated, reason }: ResolveOptions): Resolution {
  if ((created === undefined) === (notCreated === undefined))
    throw new Failure(exitCodes.usage, "Pass either --created <the vendor's id> or --not-created.");
  const read = resolutionSchema.safeParse(
    created === undefined ? { outcome: "not_created", reason } : { outcome: "created", vendor_id: created, reason },
  );
  if (read.success) return read.data;
  throw new Failure(
    exitCodes.usage,
    "--created and --reason must not be blank. --created has at most 255 characters, --reason at most 1024.",
  );
}

function render({ account, candidates, duplicates, history, problem, ...summary }: Operation): Text[] {
  const { id, state, connection, vendor, guarantee, attempt, created_at, expires_at } = summary;
  const facts = [
    ["connection", `${connection} (${vendor})`],
    ["guarantee", guarantee],
    ["attempts", String(attempt)],
    ["created", created_at],
    ["expires", expires_at ?? "never while the operation is open"],
    ...(account === null ? [] : [["account", `${account.id} ${JSON.stringify(account.name)}`]]),
    ...duplicates.map((each) => ["duplicate", each]),
  ];
  const steps = history.map((each) => [
    each.at,
    styledState(each.state),
    each.reason,
    `attempt ${each.attempt}`,
    [each.by, each.note]
      .filter(Boolean)
      .map((text) => JSON.stringify(text))
      .join(": "),
  ]);
  return [
    [styled("bold", id), ": ", styledState(state)],
    ...indented(columns(facts)),
    "history",
    ...indented(columns(steps)),
    ...(problem === null ? [] : ["problem", ...indented(problemFacts(problem))]),
    ...(candidates.length === 0
      ? []
      : ["candidates at the vendor", ...indented(candidates.map((each) => JSON.stringify(each)))]),
    ...(state === "needs_review"
      ? [
          "What to do next: look for the account in the vendor's system. Then run one of these:",
          ...indented([
            `account-gateway operations resolve ${id} --created <the vendor's id> --reason <how you know>`,
            `account-gateway operations resolve ${id} --not-created --reason <how you know>`,
          ]),
        ]
      : []),
  ];
}
