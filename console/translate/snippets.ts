/** A create as others would write it. The gateway key is never in it: it stands in their environment. */
import { type Create, createHeaders } from "../gateway/gateway.ts";

const endpoint = (origin: string): string => `${origin}/v1/accounts`;
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export function asCurl(create: Create, origin: string): string {
  const headers = { ...createHeaders(create), "Content-Type": "application/json" };
  return [
    `curl -i ${endpoint(origin)}`,
    // A shell that does not have it says so.
    `-H "Authorization: Bearer \${GATEWAY_KEY:?Set it to your gateway key}"`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `-d ${quoted(compact(create.body))}`,
  ].join(" \\\n  ");
}

export function asTypeScript(create: Create, origin: string): string {
  const headers = { ...createHeaders(create), "Content-Type": "application/json" };
  const lines = Object.entries(headers).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  return `const response = await fetch(${JSON.stringify(endpoint(origin))}, {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.GATEWAY_KEY}\`,
${lines.join("\n")}
  },
  body: JSON.stringify(${create.body.trim().replaceAll("\n", "\n  ")}),
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
