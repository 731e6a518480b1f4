/** The faults of a sandbox vendor. To cause one, begin the account's name with `fault:` and the fault. */
export const faults: ReadonlyMap<string, string> = new Map([
  ["timeout-after-commit", "Creates the account and never answers."],
  ["timeout-before-commit", "Creates nothing and never answers."],
  ["500-after-commit", "Creates the account and answers 500."],
  ["reset", "Creates the account and breaks the connection."],
  ["html-502", "Creates nothing and answers with a proxy’s HTML."],
  ["slow-body", "Creates the account and sends its answer at one byte per second."],
  ["garbage-201", "Creates the account and answers 201 with a body that is not JSON."],
  ["201-without-id", "Creates the account and answers 201 without the id."],
  ["429", "Creates nothing and answers 429 with `Retry-After: 2`."],
  ["401-once", "Refuses the token once and accepts the next one."],
]);

const prefix = /^fault:(\S+)\s*/;

export const faultOf = (name: string): string | null => prefix.exec(name)?.[1] ?? null;

export const withFault = (name: string, fault: string | null): string => {
  const plain = name.replace(prefix, "");
  return fault === null ? plain : `fault:${fault} ${plain}`;
};

/** No real vendor has a domain that ends in `.test` (RFC 6761). */
export const isSandbox = (url: string): boolean => new URL(url).hostname.endsWith(".sandbox.test");
