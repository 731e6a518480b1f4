/** Bodies of known and unknown length, up to the limit. `test/e2e/workerd/read-body.test.ts` runs the same tests in workerd. */
import { expect, test } from "vitest";
import { readBody } from "../../src/read-message.ts";
import { testBodies } from "../support/bodies.ts";

testBodies();

test("a browser without `Request.body` reads the body of a request", async () => {
  const request = () => {
    const made = new Request("https://gateway.test", { method: "POST", body: "12345" });
    return Object.defineProperty(made, "body", { value: undefined });
  };
  expect(new TextDecoder().decode(await readBody(request(), 5))).toBe("12345");
  await expect(readBody(request(), 4)).rejects.toThrow("larger than 4 bytes");
});
