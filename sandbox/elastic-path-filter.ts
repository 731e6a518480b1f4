/**
 * Elastic Path's filter grammar, as far as accounts know it: `eq(name,"Acme, Inc."):like(external_ref,16be*)`.
 *
 * https://elasticpath.dev/guides/Getting-Started/filtering and the table of "Get All Accounts".
 */

const text = ["eq", "like"];
const ordered = ["lt", "le", "eq", "gt", "ge"];

/** The operators of each attribute. `account_tags` is left out: the sandbox has none. */
const operators = new Map<string, string[]>([
  ["id", [...ordered, "in"]],
  ["created_at", ordered],
  ["updated_at", ordered],
  ["name", text],
  ["legal_name", text],
  ["registration_id", text],
  ["external_ref", text],
]);

/** `*` is any text, before or after. Not documented: whether `like` tells case apart; it does here, as `ilike` exists elsewhere. */
const matchesLike = (value: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => RegExp.escape(part))
      .join(".*")}$`,
    "su",
  ).test(value);

const tests = new Map<string, (value: string, operand: string, operands: string[]) => boolean>([
  ["eq", (value, operand) => value === operand],
  ["like", matchesLike],
  ["lt", (value, operand) => value < operand],
  ["le", (value, operand) => value <= operand],
  ["gt", (value, operand) => value > operand],
  ["ge", (value, operand) => value >= operand],
  ["in", (value, _operand, operands) => operands.includes(value)],
]);

export interface Condition {
  operator: string;
  attribute: string;
  operands: string[];
}

const head = /([a-z_]+)\(([a-z_]+)/y;
const operand = /,(?:"((?:[^"\\]|\\.)*)"|((?:[^",()\\]|\\.)*))/suy;

/** The filter's conditions, all of which must hold; `null` for what is no filter of accounts. */
export function parseFilter(filter: string): Condition[] | null {
  const conditions: Condition[] = [];
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(filter);
    if (match) at = pattern.lastIndex;
    return match;
  };

  do {
    const [, operator = "", attribute = ""] = next(head) ?? [];
    if (!operators.get(attribute)?.includes(operator)) return null;
    const operands: string[] = [];
    for (let match = next(operand); match; match = next(operand)) {
      operands.push((match[1] ?? match[2] ?? "").replaceAll(/\\(.)/gsu, "$1"));
    }
    const wanted = operator === "in" ? operands.length > 0 : operands.length === 1;
    if (!wanted || filter[at++] !== ")") return null;
    conditions.push({ operator, attribute, operands });
  } while (filter[at++] === ":");
  return at > filter.length ? conditions : null;
}

/** Whether an attribute's value passes; no value passes nothing. */
export const passes = ({ operator, operands }: Condition, value: string | null): boolean =>
  value !== null && tests.get(operator)?.(value, operands[0] ?? "", operands) === true;
