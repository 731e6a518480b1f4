/**
 * Elastic Path's filter grammar for accounts, such as `eq(name,"Acme, Inc."):like(external_ref,16be*)`.
 *
 * https://elasticpath.dev/guides/Getting-Started/filtering and the table of "Get All Accounts".
 */

const text = ["eq", "like"];
const ordered = ["lt", "le", "eq", "gt", "ge"];

/** The operators of each attribute. The sandbox does not support `account_tags`. */
const operators = new Map<string, string[]>([
  ["id", [...ordered, "in"]],
  ["created_at", ordered],
  ["updated_at", ordered],
  ["name", text],
  ["legal_name", text],
  ["registration_id", text],
  ["external_ref", text],
]);

/**
 * `*` matches any text. Not documented: whether `like` is case-sensitive. In the sandbox it is, because the vendor's other
 * resources also have `ilike`.
 */
const matchesLike = (value: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .split("*")
      .map((part) => RegExp.escape(part))
      .join(".*")}$`,
    "su",
  ).test(value);

const comparisons = new Map<string, (value: string, operand: string, operands: string[]) => boolean>([
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

/** The conditions of a filter; `null` if the text is not a valid filter for accounts. An account must meet all conditions. */
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
    const isCountValid = operator === "in" ? operands.length > 0 : operands.length === 1;
    if (!isCountValid || filter[at++] !== ")") return null;
    conditions.push({ operator, attribute, operands });
  } while (filter[at++] === ":");
  return at > filter.length ? conditions : null;
}

/** Whether an attribute's value meets the condition. `null` meets no condition. */
export const passes = ({ operator, operands }: Condition, value: string | null): boolean =>
  value !== null && comparisons.get(operator)?.(value, operands[0] ?? "", operands) === true;
