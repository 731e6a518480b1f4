/** The commands, their options, and the exit code of each error. */
import packageJson from "../package.json" with { type: "json" };
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { AccountGatewayError } from "../../client/src/index.ts";
import { operationState } from "../../../schemas/operation.ts";
import { checkConnections } from "./connections-check.ts";
import { type ExitCode, exitCodes, Failure } from "./failure.ts";
import { importAccounts } from "./import/import-accounts.ts";
import { newKey } from "./keys-new.ts";
import { listOperations, resolveOperation, showOperation } from "./operations.ts";
import { preview } from "./preview.ts";
import { problemLines } from "./problem-text.ts";
import { type Host, Terminal } from "./terminal.ts";

/** Runs the command that the arguments name. Its output never contains the gateway key. */
export async function run(argv: readonly string[], host: Host): Promise<ExitCode> {
  const terminal = new Terminal(host);
  let exitCode: ExitCode = exitCodes.done;
  const program = createProgram(terminal, (code) => void (exitCode = code));
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (error instanceof Failure) {
      terminal.report(error.message);
      return error.exitCode;
    }
    if (error instanceof AccountGatewayError) {
      terminal.report(...problemLines(error.problem));
      return exitCodes.refused;
    }
    throw error;
  }
}

function createProgram(terminal: Terminal, setExitCode: (code: ExitCode) => void): Command {
  const program = new Command("account-gateway")
    .description("Creates customer accounts through an Account Gateway.")
    .version(packageJson.version)
    .option("--url <url>", "the gateway's URL (default: the environment variable ACCOUNT_GATEWAY_URL)")
    .option(
      "--key <key>",
      "the gateway key; other users of the machine can see it (default: the environment variable ACCOUNT_GATEWAY_KEY)",
    )
    .option(
      "--timeout <seconds>",
      "the time for a call, retries included (default: 15; check: 30; each row of an import: 120)",
      upTo(3600),
    )
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => terminal.print(...linesOf(text)),
      writeErr: (text) => terminal.report(...linesOf(text)),
      outputError: (text, write) => write(withoutValues(text)),
    });

  program
    .command("import")
    .description("create one account for each row of a CSV or NDJSON file; safe to stop and run again")
    .argument("<file>", "a .csv with a header row, or an .ndjson with one account per line")
    .requiredOption("--connection <id>", "the connection to create the accounts on")
    .addOption(
      repeatable("--map <column=field>", "the account field for a column; an empty field leaves the column out"),
    )
    .option("--key-column <name>", "the column or field whose value is unique for each account", "external_ref")
    .option("--delimiter <character>", "the column separator of a .csv", ",")
    .addOption(handlingOption())
    .option("--check", "check the rows, and send nothing")
    .option("--results <file>", "the file for each row's result (default: <file>.<connection>.results.ndjson)")
    .option("--concurrency <count>", "the number of rows to send at the same time", upTo(64), 8)
    .action(async (file: string, _own, command: Command) =>
      setExitCode(await importAccounts(file, command.optsWithGlobals(), terminal)),
    );

  program
    .command("preview")
    .description("show each connection's request for an account, and where each field goes; send nothing")
    .argument("[file]", "a JSON file with the account, or `-` for piped input")
    .addOption(repeatable("--field <field=value>", "set a field, such as name=Acme or custom.tier=gold"))
    .option("--connection <id>", "only this connection (default: all connections of the key)")
    .addOption(handlingOption())
    .action(async (file: string | undefined, _own, command: Command) =>
      setExitCode(await preview(file, command.optsWithGlobals(), terminal)),
    );

  program
    .command("connections")
    .description("check the connections of the key")
    .command("check")
    .description(
      "check each connection's configuration, and whether its vendor answers, accepts the credentials and supports lookups",
    )
    .option("--connection <id>", "only this connection")
    .action(async (_own, command: Command) => setExitCode(await checkConnections(command.optsWithGlobals(), terminal)));

  program
    .command("keys")
    .description("make gateway keys")
    .command("new")
    .description("make a gateway key, and the configuration that accepts it")
    .requiredOption("--name <name>", "a name for the caller that uses the key")
    .addOption(repeatable("--connection <id>", "a connection that the key may use, or `*` for all"))
    .option("--operator", "let the key see and resolve the operations of all callers")
    .action(({ name, connection, operator = false }: { name: string; connection: string[]; operator?: boolean }) =>
      newKey({ name, connections: connection, operator }, terminal),
    );

  const operations = program
    .command("operations")
    .description("list, show and resolve operations: the creates with an Idempotency-Key");
  operations
    .command("list")
    .description("list a connection's operations, newest first")
    .requiredOption("--connection <id>", "the connection")
    .addOption(new Option("--state <state>", "only operations in this state").choices(operationState.options))
    .option("--limit <count>", "the highest number of operations to list", upTo(10_000), 50)
    .action(async (_own, command: Command) => setExitCode(await listOperations(command.optsWithGlobals(), terminal)));
  operations
    .command("show")
    .description("show an operation with its history, and its account or problem")
    .argument("<id>", "the operation's id")
    .action(async (id: string, _own, command: Command) =>
      setExitCode(await showOperation(id, command.optsWithGlobals(), terminal)),
    );
  operations
    .command("resolve")
    .description("resolve an operation in review; needs an operator's key")
    .argument("<id>", "the operation's id")
    .option("--created <id>", "the account was created, and has this id at the vendor")
    .option("--not-created", "the account was not created")
    .requiredOption("--reason <text>", "how you know the outcome; stored in the operation's history")
    .option("--force", "accept an id that the vendor's lookup did not find")
    .action(async (id: string, _own, command: Command) =>
      setExitCode(await resolveOperation(id, command.optsWithGlobals(), terminal)),
    );

  return program;
}

const linesOf = (text: string): string[] => text.replace(/\n$/, "").split("\n");

/** Hides option values in errors: the value of a mistyped `--kee=<key>` may be a secret. */
const withoutValues = (text: string): string => text.replaceAll(/(--?[\w-]+)=[^']*/g, "$1=…");

const repeatable = (flags: string, description: string): Option =>
  new Option(flags, `${description}; repeatable`)
    .argParser((value: string, earlier: string[]) => [...earlier, value])
    .default([], "none");

function upTo(highest: number) {
  return (value: string): number => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 1 && number <= highest) return number;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${highest}.`);
  };
}

const handlingOption = (): Option =>
  new Option(
    "--handling <how>",
    "refuse (strict) or drop (lenient) a field that the connection cannot send (default: the connection's)",
  ).choices(["strict", "lenient"]);
