/** `operations`: what the ledger holds of keyed creates, and a person's word on those that need one. */
import type { AccountGateway, Operation, OperationState, Resolution } from "../../client/src/index.ts";
import * as z from "zod/mini";
import { resolution } from "../../../schemas/operation.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { explain } from "./explain.ts";
import { Failure } from "./failure.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { columns, indented } from "./layout.ts";
import type { Shell } from "./shell.ts";
import { type Styled, styled, type Text } from "./text.ts";

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
  shell: Shell,
): Promise<ExitCode> {
  const { gateway } = openGateway(options, shell.host);
  const { operations, isMore } = await readOperations(gateway, { connection, state, limit });
  const rows = operations.map((each) => [each.id, styledState(each.state), each.created_at, each.guarantee]);
  shell.print(...columns(rows));
  if (operations.length === 0) shell.tell(`${connection} has no such operations.`);
  if (isMore) shell.tell("There are older ones: pass a higher --limit, or a --state.");
  return exitCodes.done;
}

/** The newest, page by page. */
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

export async function showOperation(id: string, options: GatewayOptions, shell: Shell): Promise<ExitCode> {
  const { gateway } = openGateway(options, shell.host);
  shell.print(...render(await gateway.operations.get(id)));
  return exitCodes.done;
}

export async function resolveOperation(id: string, options: ResolveOptions, shell: Shell): Promise<ExitCode> {
  const said = readResolution(options);
  const { gateway } = openGateway(options, shell.host);
  if (said.outcome === "created" && options.force !== true) await holdToCandidates(gateway, id, said.vendor_id);
  shell.print(...render(await gateway.operations.resolve(id, said)));
  return exitCodes.done;
}

const candidate = z.looseObject({ id: z.union([z.string(), z.number()]) });

/** An id that was mistyped would stand for good. */
async function holdToCandidates(gateway: AccountGateway, operation: string, vendorId: string): Promise<void> {
  const { candidates } = await gateway.operations.get(operation);
  const ids = candidates.flatMap((each) => candidate.safeParse(each).data?.id ?? []).map(String);
  if (ids.length === 0 || ids.includes(vendorId)) return;
  throw new Failure(
    exitCodes.usage,
    `Under the account's name the vendor showed ${ids.join(", ")}, and not what --created names: name one of those, or pass --force.`,
  );
}

function readResolution({ created, notCreated, reason }: ResolveOptions): Resolution {
  if ((created === undefined) === (notCreated === undefined))
    throw new Failure(exitCodes.usage, "Say what became of it: either --created <the vendor's id>, or --not-created.");
  const said =
    created === undefined ? { outcome: "not_created", reason } : { outcome: "created", vendor_id: created, reason };
  const read = resolution.safeParse(said);
  if (read.success) return read.data;
  throw new Failure(
    exitCodes.usage,
    "--created and --reason must not be blank, and have at most 255 and 1024 characters.",
  );
}

function render({ account, candidates, duplicates, history, problem, ...summary }: Operation): Text[] {
  const { id, state, connection, vendor, guarantee, attempt, created_at, expires_at } = summary;
  const facts = [
    ["connection", `${connection} (${vendor})`],
    ["guarantee", guarantee],
    ["attempts", String(attempt)],
    ["began", created_at],
    ["forgotten", expires_at ?? "never, as long as it is open"],
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
      .map((word) => JSON.stringify(word))
      .join(": "),
  ]);
  return [
    [styled("bold", id), ": ", styledState(state)],
    ...indented(columns(facts)),
    "history",
    ...indented(columns(steps)),
    ...(problem === null ? [] : ["problem", ...indented(explain(problem))]),
    ...(candidates.length === 0
      ? []
      : ["candidates at the vendor", ...indented(candidates.map((each) => JSON.stringify(each)))]),
    ...(state === "needs_review"
      ? [
          `Look for it in the vendor's system, then: account-gateway operations resolve ${id} --created <the vendor's id> --reason <why>, or --not-created.`,
        ]
      : []),
  ];
}
