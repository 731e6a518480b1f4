/** `preview`: shows each connection's request for an account, and where each field goes. */
import type { Readable } from "node:stream";
import * as z from "zod/mini";
import type { AccountRequest, Preview } from "../../client/src/index.ts";
import { canonicalFieldNames, canonicalFields } from "../../../schemas/account.ts";
import { type Json, jsonValue, recordOf } from "../../../schemas/json.ts";
import { parseJson } from "../../../schemas/parse-json.ts";
import { type ExitCode, exitCodes, Failure } from "./failure.ts";
import { asAccountRequest, type Members, type PathAndValue, pathOf, withValues } from "./field-path.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { problemLines } from "./problem-text.ts";
import { readPiped, readText } from "./read-text.ts";
import { columns, indented, styled, type Terminal, type Text } from "./terminal.ts";

export interface PreviewOptions extends GatewayOptions {
  connection?: string;
  field: string[];
  handling?: "strict" | "lenient";
}

export async function preview(
  file: string | undefined,
  options: PreviewOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { connection, field, handling } = options;
  const { stdin } = terminal.host;
  const isPiped = file === undefined && field.length === 0 && !stdin.isTTY;
  if (file === undefined && field.length === 0 && !isPiped)
    throw new Failure(
      exitCodes.usage,
      "The account is missing: name a JSON file, pipe one in, or pass --field name=Acme.",
    );
  const account = await readAccount(isPiped ? "-" : file, field, stdin);
  const { gateway } = openGateway(options, terminal.host);
  const previews = await gateway.accounts.preview(account, { connection, handling });
  for (const each of previews) terminal.print(...render(each));
  return previews.every(({ problems }) => problems.length === 0) ? exitCodes.done : exitCodes.faults;
}

/** Reads the account from the file, and sets the fields of `--field`. */
async function readAccount(
  file: string | undefined,
  fields: readonly string[],
  stdin: Readable,
): Promise<AccountRequest> {
  const values = fields.map((field): PathAndValue => {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(field) ?? [];
    if (name === undefined || text === undefined)
      throw new Failure(
        exitCodes.usage,
        `--field must be "field=value", such as --field name=Acme, but it is "${field}".`,
      );
    return [pathOf(name), readValue(name, text)];
  });
  return asAccountRequest(withValues(file === undefined ? {} : await readObject(file, stdin), values));
}

const jsonObject = recordOf(z.string(), jsonValue);

async function readObject(file: string, stdin: Readable): Promise<Members> {
  const read = jsonObject.safeParse(parseJson(file === "-" ? await readPiped(stdin) : readText(file)));
  if (read.success) return read.data;
  throw new Failure(
    exitCodes.usage,
    `${file === "-" ? "The input" : file} is not a JSON object. It must contain one account, such as {"name": "Acme"}.`,
  );
}

/**
 * The text itself if the field accepts it. Otherwise the JSON value in the text, such as a boolean, a number or `null`.
 */
function readValue(name: string, text: string): Json {
  const field = canonicalFieldNames.safeParse(name);
  if (field.success && canonicalFields[field.data].safeParse(text).success) return text;
  const spelled = jsonValue.safeParse(parseJson(text));
  return spelled.success ? spelled.data : text;
}

const styles = {
  sent: "green",
  mapped: "green",
  implied: "green",
  dropped: "yellow",
  refused: "red",
  defaulted: "cyan",
  stamped: "cyan",
  constant: "gray",
} as const satisfies Record<Preview["fields"][number]["disposition"], string>;

function render({ connection, vendor, request, fields, problems }: Preview): Text[] {
  const result = problems.length === 0 ? styled("green", "would be sent") : styled("red", "would be refused");
  const rows = fields.map(({ field, disposition, to, value, reason }) => [
    field ?? "",
    styled(styles[disposition], disposition),
    to ?? "",
    JSON.stringify(value),
    styled("gray", reason ?? ""),
  ]);
  return [
    [styled("bold", connection), ` (${vendor ?? "unknown vendor"}): `, result],
    ...(request === null
      ? []
      : [`${request.method} ${request.url}`, ...JSON.stringify(request.body, null, 2).split("\n")]),
    ...indented(columns(rows)),
    ...problems.flatMap(problemLines),
    "",
  ];
}
