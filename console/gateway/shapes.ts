/**
 * What an answer must hold for a view to show it. The gateway's own schemas ask for more, and would add half as much
 * again to the page's script.
 */
import type { Account, ConfirmedFieldEntry, FieldEntry, Warning } from "../../schemas/documents/account.ts";
import type {
  ConnectionCheck,
  ConnectionDescription,
  FieldCapability,
  Guarantee,
} from "../../schemas/documents/capability.ts";
import type { OperationDocument, OperationSummary } from "../../schemas/documents/operation.ts";
import type { Preview } from "../../schemas/documents/preview.ts";
import type { Problem, ProblemError } from "../../schemas/documents/problem.ts";
import { dispositions, effects, guarantees, reasons, retries, states, supports } from "../words.ts";
import type { JsonSchema } from "./json-schema.ts";

export type Shape<Value> = (value: unknown) => value is Value;
type Check = (value: unknown) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number";
const flag: Check = (value) => typeof value === "boolean";
const time: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const url: Check = (value) => typeof value === "string" && URL.canParse(value);
const oneOf =
  (words: object): Check =>
  (value) =>
    typeof value === "string" && Object.hasOwn(words, value);
const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const record =
  (item: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(item);
const nullable =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const object =
  <Value>(members: { [Name in keyof Value]?: Check }): Shape<Value> =>
  (value): value is Value =>
    isObject(value) &&
    Object.entries<Check | undefined>(members).every(([name, check]) => check?.(value[name]) ?? true);

const entry = { field: nullable(text), disposition: oneOf(dispositions), to: nullable(text), reason: nullable(text) };

export const problem = object<Problem>({
  title: text,
  status: number,
  detail: text,
  code: text,
  effect: oneOf(effects),
  retry: oneOf(retries),
  errors: optional(list(object<ProblemError>({ pointer: text, detail: text }))),
  vendor: optional(object<NonNullable<Problem["vendor"]>>({ status: number, errors: list(() => true) })),
  operation: optional(text),
});

const account = object<Account>({
  id: text,
  vendor: text,
  warnings: list(object<Warning>({ code: text, field: nullable(text), detail: text })),
  fields: optional(list(object<ConfirmedFieldEntry>({ ...entry, confirmed: nullable(flag) }))),
  vendor_response: optional(nullable(object<NonNullable<Account["vendor_response"]>>({ status: number }))),
});

const summary = {
  id: text,
  connection: text,
  vendor: text,
  state: oneOf(states),
  attempt: number,
  guarantee: oneOf(guarantees),
  created_at: time,
  due_at: nullable(time),
  expires_at: nullable(time),
};

export const operation = object<OperationDocument>({
  ...summary,
  history: list(
    object<OperationDocument["history"][number]>({
      at: time,
      state: oneOf(states),
      attempt: number,
      reason: oneOf(reasons),
      by: optional(text),
      note: optional(text),
    }),
  ),
  account: nullable(account),
  problem: nullable(problem),
  candidates: list(() => true),
  duplicates: list(text),
});

export const created = (value: unknown): value is Account | OperationDocument => account(value) || operation(value);

export const operationPage = object<{ operations: OperationSummary[]; next_cursor: string | null }>({
  operations: list(object<OperationSummary>(summary)),
  next_cursor: nullable(text),
});

export const previews = object<{ previews: Preview[]; next_cursor: string | null }>({
  next_cursor: nullable(text),
  previews: list(
    object<Preview>({
      connection: text,
      vendor: nullable(text),
      request: nullable(object<NonNullable<Preview["request"]>>({ method: text, url, headers: record(text) })),
      fields: list(object<FieldEntry>(entry)),
      problems: list(problem),
    }),
  ),
});

export const connections = object<{ connections: ConnectionDescription[] }>({
  connections: list(
    object<ConnectionDescription>({
      id: text,
      vendor: nullable(text),
      status: text,
      guarantee: nullable(object<Guarantee>({ level: oneOf(guarantees), assumption: text })),
      fields: record(
        object<FieldCapability>({
          support: oneOf(supports),
          to: nullable(text),
          max_length: nullable(number),
          values: nullable(list(() => true)),
          fallback: list(text),
          mappable_to: list(text),
        }),
      ),
    }),
  ),
});

export const connectionCheck = object<ConnectionCheck>({
  reachable: flag,
  authorized: nullable(flag),
  lookup: nullable(flag),
  detail: nullable(text),
});

export const jsonSchema = object<JsonSchema>({ properties: record(isObject) });
