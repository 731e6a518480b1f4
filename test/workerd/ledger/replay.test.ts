import { describe, expect, test } from "vitest";
import {
  create,
  crash,
  elapse,
  held,
  newKey,
  operationOf,
  sends,
  useLedgers,
  vendors,
  vendorsAnswer,
  vendorsAreThemselves,
  isCreate,
} from "./ledger.ts";

useLedgers();

describe.each(vendors)("%s", (vendor) => {
  test("the same key and body are answered the same, byte for byte, and sent once", async () => {
    const idempotencyKey = newKey();
    const first = await create(vendor, { name: "Acme" }, { idempotencyKey });
    expect(first.status).toBe(201);
    const again = await create(vendor, { name: "Acme" }, { idempotencyKey });
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(again.text).toBe(first.text);
    await crash();
    expect((await create(vendor, { name: "Acme" }, { idempotencyKey })).text).toBe(first.text);
    expect(sends()).toBe(1);
    expect(await held(vendor)).toHaveLength(1);
  });

  test("an answer that is lost is looked for", async () => {
    vendorsAnswer(async (request, pass) => {
      const answer = await pass();
      if (isCreate(request)) throw new Error("lost");
      return answer;
    });
    const idempotencyKey = newKey();
    const first = await create(vendor, { name: "Acme" }, { idempotencyKey });
    expect(first.problem).toMatchObject({ code: "outcome_unknown", retry: "same_key" });
    vendorsAreThemselves();
    await elapse(vendor, 100_000);
    const found = await operationOf(first.problem?.operation ?? "");
    expect(found.state).toBe(vendor === "garmat" ? "needs_review" : "created");
    expect(sends()).toBe(1);
  });
});
