/** What a sandbox vendor can be made to do: it reads the fault off the account's name. */
export const faults: ReadonlyMap<string, string> = new Map([
  ["timeout-after-commit", "Creates the account and never answers."],
  ["timeout-before-commit", "Creates nothing and never answers."],
  ["500-after-commit", "Creates the account and answers 500."],
  ["reset", "Creates the account and breaks the connection."],
  ["html-502", "Creates nothing and answers with a proxy’s HTML."],
  ["slow-body", "Creates the account and sends its answer a byte a second."],
  ["garbage-201", "Creates the account and answers success with a body that is no JSON."],
  ["201-without-id", "Creates the account and answers success without its id."],
  ["429", "Creates nothing and asks for two seconds of patience."],
  ["401-once", "Refuses the token; takes the next one."],
]);

const prefix = /^fault:(\S+)\s*/;

export const faultOf = (name: string): string | null => prefix.exec(name)?.[1] ?? null;

export const withFault = (name: string, fault: string | null): string => {
  const plain = name.replace(prefix, "");
  return fault === null ? plain : `fault:${fault} ${plain}`;
};

/** `.test` is nobody's domain (RFC 6761): what it leads to is no vendor. */
export const isSandbox = (url: string): boolean => new URL(url).hostname.endsWith(".sandbox.test");
