/** `preview`: what each connection would be sent for an account, and where every field goes. */
import type { Preview } from "../../client/src/index.ts";
import { readAccount } from "./account-input.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { Failure } from "./failure.ts";
import { explain } from "./explain.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { columns, indented } from "./layout.ts";
import type { Shell } from "./shell.ts";
import { styled, type Text } from "./text.ts";

export interface PreviewOptions extends GatewayOptions {
  connection?: string;
  field: string[];
  handling?: "strict" | "lenient";
}

export async function preview(file: string | undefined, options: PreviewOptions, shell: Shell): Promise<ExitCode> {
  const { connection, field, handling } = options;
  const isPiped = file === undefined && field.length === 0 && !shell.host.stdin.isTTY;
  if (file === undefined && field.length === 0 && !isPiped)
    throw new Failure(exitCodes.usage, "Name a JSON file, pipe one in, or pass --field name=Acme.");
  const account = await readAccount(isPiped ? "-" : file, field, shell.host.stdin);
  const { gateway } = openGateway(options, shell.host);
  const previews = await gateway.accounts.preview(account, { connection, handling });
  for (const each of previews) shell.print(...render(each));
  return previews.every(({ problems }) => problems.length === 0) ? exitCodes.done : exitCodes.faults;
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
  const verdict = problems.length === 0 ? styled("green", "would be sent") : styled("red", "would be refused");
  const rows = fields.map(({ field, disposition, to, value, reason }) => [
    field ?? "",
    styled(styles[disposition], disposition),
    to ?? "",
    JSON.stringify(value),
    styled("gray", reason ?? ""),
  ]);
  return [
    [styled("bold", connection), ` (${vendor ?? "unknown vendor"}): `, verdict],
    ...(request === null
      ? []
      : [`${request.method} ${request.url}`, ...JSON.stringify(request.body, null, 2).split("\n")]),
    ...indented(columns(rows)),
    ...problems.flatMap(explain),
    "",
  ];
}
