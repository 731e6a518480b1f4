/** A create as a command or code to copy. It reads the gateway key from the environment, so it does not contain the key. */
import type { CreateRequest } from "../gateway/gateway.ts";

const urlAt = (origin: string): string => `${origin}/v1/accounts`;
const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function headersOf({ connection, handling, idempotencyKey }: CreateRequest): [name: string, value: string][] {
  return Object.entries({
    "Gateway-Connection": connection,
    ...(idempotencyKey === null ? {} : { "Idempotency-Key": idempotencyKey }),
    Prefer: `handling=${handling}`,
    "Content-Type": "application/json",
  });
}

export function asCurl(request: CreateRequest, origin: string): string {
  return [
    `curl -i ${urlAt(origin)}`,
    // The shell stops with this message if the variable is not set.
    `-H "Authorization: Bearer \${GATEWAY_KEY:?Set this variable to your gateway key}"`,
    ...headersOf(request).map(([name, value]) => `-H ${shellQuoted(`${name}: ${value}`)}`),
    `-d ${shellQuoted(compact(request.json))}`,
  ].join(" \\\n  ");
}

export function asTypeScript(request: CreateRequest, origin: string): string {
  const headers = headersOf(request).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return `const response = await fetch(${JSON.stringify(urlAt(origin))}, {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.GATEWAY_KEY}\`,
${headers.join("\n")}
  },
  body: JSON.stringify(${request.json.trim().replaceAll("\n", "\n  ")}),
});
const answer = await response.json();
`;
}

function compact(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return json;
  }
}
