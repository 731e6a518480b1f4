/** The commands, their options, and what becomes of an error that any of them throws. */
import packageJson from "../package.json" with { type: "json" };
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { AccountGatewayError } from "../../client/src/index.ts";
import { operationState } from "../../../schemas/operation.ts";
import { checkConnections } from "./connections-check.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { explain } from "./explain.ts";
import { Failure } from "./failure.ts";
import { importAccounts } from "./import/import-accounts.ts";
import { newKey } from "./keys-new.ts";
import { listOperations, resolveOperation, showOperation } from "./operations.ts";
import { preview } from "./preview.ts";
import { type Host, Shell } from "./shell.ts";

/** Runs the command that the arguments name. Nothing that it writes holds the gateway key. */
export async function run(argv: readonly string[], host: Host): Promise<ExitCode> {
  const shell = new Shell(host);
  let exitCode: ExitCode = exitCodes.done;
  const program = createProgram(shell, (code) => void (exitCode = code));
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (error instanceof Failure) {
      shell.tell(error.message);
      return error.exitCode;
    }
    if (error instanceof AccountGatewayError) {
      shell.tell(...explain(error.problem));
      return exitCodes.refused;
    }
    throw error;
  }
}

function createProgram(shell: Shell, end: (code: ExitCode) => void): Command {
  const program = new Command("account-gateway")
    .description("Creates customer accounts through an Account Gateway.")
    .version(packageJson.version)
    .option("--url <url>", "where the gateway is (by default what ACCOUNT_GATEWAY_URL says)")
    .option("--key <key>", "the gateway key (by default what ACCOUNT_GATEWAY_KEY says, which others cannot see)")
    .option(
      "--timeout <seconds>",
      "how long a call is tried, its retries included (default: 15; for a row of an import 120)",
      upTo(3600),
    )
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => shell.print(...linesOf(text)),
      writeErr: (text) => shell.tell(...linesOf(text)),
      outputError: (text, write) => write(withoutValues(text)),
    });

  program
    .command("import")
    .description("create an account for every row of a CSV or NDJSON file, each once, however often it is run")
    .argument("<file>", "a .csv with a header, or an .ndjson with one account a line")
    .requiredOption("--connection <id>", "where the accounts are created")
    .option("--map <column=field>", "the field that a column is; none leaves it out", collect, [])
    .option("--key-column <name>", "the column or field that tells the accounts apart", "external_ref")
    .option("--delimiter <character>", "what separates the columns of a .csv", ",")
    .addOption(handlingOption())
    .option("--check", "check the rows, and send nothing", false)
    .option("--results <file>", "what became of each row (default: <file>.<connection>.results.ndjson)")
    .option("--concurrency <count>", "how many rows are under way at a time", upTo(64), 8)
    .action(async (file: string, _own, command: Command) =>
      end(await importAccounts(file, command.optsWithGlobals(), shell)),
    );

  program
    .command("preview")
    .description("show what each connection would be sent, and where every field goes; nothing is sent")
    .argument("[file]", "a JSON file with the account; `-` for what is piped in")
    .option("--field <field=value>", "a field, such as name=Acme or custom.tier=gold", collect, [])
    .option("--connection <id>", "one connection, and not all that the key opens")
    .addOption(handlingOption())
    .action(async (file: string | undefined, _own, command: Command) =>
      end(await preview(file, command.optsWithGlobals(), shell)),
    );

  program
    .command("connections")
    .description("the connections that the key opens")
    .command("check")
    .description(
      "whether each is configured, and whether its vendor answers, takes the credentials and lets accounts be looked up",
    )
    .option("--connection <id>", "this one alone")
    .action(async (_own, command: Command) => end(await checkConnections(command.optsWithGlobals(), shell)));

  program
    .command("keys")
    .description("gateway keys")
    .command("new")
    .description("make a gateway key, and the configuration that lets it in")
    .requiredOption("--name <name>", "what the gateway calls its holder")
    .option("--connection <id>", "a connection that it opens; again for each, or `*` for all", collect, [])
    .option("--operator", "it sees and resolves the operations of every caller", false)
    .action(({ name, connection, operator }: { name: string; connection: string[]; operator: boolean }) =>
      newKey({ name, connections: connection, operator }, shell),
    );

  const operations = program.command("operations").description("keyed creates, as the ledger remembers them");
  operations
    .command("list")
    .description("a connection's operations, newest first")
    .requiredOption("--connection <id>", "whose operations")
    .addOption(new Option("--state <state>", "only those in this state").choices(operationState.options))
    .option("--limit <count>", "how many at most", upTo(10_000), 50)
    .action(async (_own, command: Command) => end(await listOperations(command.optsWithGlobals(), shell)));
  operations
    .command("show")
    .description("an operation with its history, and its account or problem")
    .argument("<id>", "the operation's")
    .action(async (id: string, _own, command: Command) =>
      end(await showOperation(id, command.optsWithGlobals(), shell)),
    );
  operations
    .command("resolve")
    .description("say what became of an operation that needs a review; takes an operator's key")
    .argument("<id>", "the operation's")
    .option("--created <id>", "it was created: the account's id at the vendor")
    .option("--not-created", "it was not created")
    .requiredOption("--reason <text>", "how you know")
    .option("--force", "though the id is none that the vendor showed under the account's name")
    .action(async (id: string, _own, command: Command) =>
      end(await resolveOperation(id, command.optsWithGlobals(), shell)),
    );

  return program;
}

const linesOf = (text: string): string[] => text.replace(/\n$/, "").split("\n");

/** A mistyped `--kee=<key>` is quoted without its value. */
const withoutValues = (text: string): string => text.replaceAll(/(--?[\w-]+)=[^']*/g, "$1=…");

const collect = (value: string, earlier: string[]): string[] => [...earlier, value];

function upTo(highest: number) {
  return (value: string): number => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 1 && number <= highest) return number;
    throw new InvalidArgumentError(`It takes a whole number from 1 to ${highest}.`);
  };
}

const handlingOption = (): Option =>
  new Option("--handling <how>", "what becomes of a field that the connection cannot carry").choices([
    "strict",
    "lenient",
  ]);
