/**
 * Checks that an answer has the members that the views read. The console reports any other answer as unreadable, so no
 * answer breaks a view. The gateway's own schemas would make the page's script 50% larger.
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
import { isObject } from "../../schemas/json-pointer.ts";
import { dispositions, effects, guarantees, reasons, retries, states, supports } from "../labels.ts";
import type { JsonSchema } from "../translate/form-fields.ts";

export type Shape<Value> = (value: unknown) => value is Value;
type Check = (value: unknown) => boolean;

const number: Check = (value) => typeof value === "number";
const flag: Check = (value) => typeof value === "boolean";
const time: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const url: Check = (value) => typeof value === "string" && URL.canParse(value);
const oneOf =
  (labels: object): Check =>
  (value) =>
    typeof value === "string" && Object.hasOwn(labels, value);
const list =
  <Item>(item: Shape<Item>): Shape<Item[]> =>
  (value): value is Item[] =>
    Array.isArray(value) && value.every(item);
const anything = (_value: unknown): _value is unknown => true;
const string = (value: unknown): value is string => typeof value === "string";
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

const entry = {
  field: nullable(string),
  disposition: oneOf(dispositions),
  to: nullable(string),
  reason: nullable(string),
};

export const problem = object<Problem>({
  title: string,
  status: number,
  detail: string,
  code: string,
  effect: oneOf(effects),
  retry: oneOf(retries),
  errors: optional(list(object<ProblemError>({ pointer: string, detail: string }))),
  vendor: optional(object<NonNullable<Problem["vendor"]>>({ status: number, errors: list(anything) })),
  operation: optional(string),
});

export const account = object<Account>({
  id: string,
  vendor: string,
  warnings: list(object<Warning>({ code: string, field: nullable(string), detail: string })),
  fields: optional(list(object<ConfirmedFieldEntry>({ ...entry, confirmed: nullable(flag) }))),
  vendor_response: optional(nullable(object<NonNullable<Account["vendor_response"]>>({ status: number }))),
});

const summary = {
  id: string,
  connection: string,
  vendor: string,
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
      by: optional(string),
      note: optional(string),
    }),
  ),
  account: nullable(account),
  problem: nullable(problem),
  candidates: list(anything),
  duplicates: list(string),
});

export const operationPage = object<{ operations: OperationSummary[]; next_cursor: string | null }>({
  operations: list(object<OperationSummary>(summary)),
  next_cursor: nullable(string),
});

export const previews = list(
  object<Preview>({
    connection: string,
    vendor: nullable(string),
    request: nullable(object<NonNullable<Preview["request"]>>({ method: string, url, headers: record(string) })),
    fields: list(object<FieldEntry>(entry)),
    problems: list(problem),
  }),
);

export const connections = list(
  object<ConnectionDescription>({
    id: string,
    vendor: nullable(string),
    status: string,
    guarantee: nullable(object<Guarantee>({ level: oneOf(guarantees), assumption: string })),
    fields: record(
      object<FieldCapability>({
        support: oneOf(supports),
        to: nullable(string),
        max_length: nullable(number),
        values: nullable(list(anything)),
        fallback: list(string),
        mappable_to: list(string),
      }),
    ),
  }),
);

export const connectionCheck = object<ConnectionCheck>({
  reachable: flag,
  authorized: nullable(flag),
  lookup: nullable(flag),
  detail: nullable(string),
});

export const jsonSchema = object<JsonSchema>({ properties: record(isObject) });
