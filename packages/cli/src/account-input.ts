/** An account from a JSON file, from what is piped in, or from `--field name=Acme`. */
import type { Readable } from "node:stream";
import type { AccountRequest } from "../../client/src/index.ts";
import { canonicalFieldNames, canonicalFields } from "../../../schemas/account.ts";
import { type Json, jsonSchema, recordOf } from "../../../schemas/json.ts";
import * as z from "zod/mini";
import { exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { type Members, type PathAndValue, pathOf, withValues } from "./field-path.ts";
import { parseJson, readPiped, readText } from "./read-text.ts";

const jsonObject = recordOf(z.string(), jsonSchema);

/** Fields are laid over what the file has. */
export async function readAccount(
  file: string | undefined,
  fields: readonly string[],
  stdin: Readable,
): Promise<AccountRequest> {
  const values = fields.map((field): PathAndValue => {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(field) ?? [];
    if (name === undefined || text === undefined)
      throw new Failure(exitCodes.usage, `--field takes "field=value", such as --field name=Acme, not "${field}".`);
    return [pathOf(name), valueOf(name, text)];
  });
  return asRequest(withValues(file === undefined ? {} : await readObject(file, stdin), values));
}

/** Whether it is one, the gateway says. */
export const asRequest = (account: Members): AccountRequest => account as AccountRequest;

async function readObject(file: string, stdin: Readable): Promise<Members> {
  const read = jsonObject.safeParse(parseJson(file === "-" ? await readPiped(stdin) : readText(file)));
  if (read.success) return read.data;
  throw new Failure(
    exitCodes.usage,
    `${file === "-" ? "The input" : file} is no JSON object: it must hold one account, such as {"name": "Acme"}.`,
  );
}

/** Text where the field takes that, and otherwise the boolean, number or `null` that it spells. */
function valueOf(name: string, text: string): Json {
  const field = canonicalFieldNames.safeParse(name);
  if (field.success && canonicalFields[field.data].safeParse(text).success) return text;
  const spelled = jsonSchema.safeParse(parseJson(text));
  return spelled.success ? spelled.data : text;
}
