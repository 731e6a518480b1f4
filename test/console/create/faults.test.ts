import { expect, test } from "vitest";
import { faultOf, faults, isSandbox, withFault } from "../../../console/create/faults.ts";
import { faultNames } from "../../../sandbox/faults.ts";

test("the console offers every fault of the sandbox, and no other", () => {
  expect([...faults.keys()].toSorted()).toEqual(faultNames.toSorted());
});

test("the account's name holds at most one fault", () => {
  expect(withFault("Acme", "reset")).toBe("fault:reset Acme");
  expect(withFault("fault:reset Acme", "429")).toBe("fault:429 Acme");
  expect(withFault("fault:reset Acme", null)).toBe("Acme");
  expect(faultOf("fault:reset Acme")).toBe("reset");
  expect(faultOf("Acme fault:reset")).toBeNull();
});

test("isSandbox accepts only URLs of the sandbox", () => {
  expect(isSandbox("https://clarus.sandbox.test/api/accounts")).toBe(true);
  expect(isSandbox("https://sandbox.test.clarus-api.com/api/accounts")).toBe(false);
});
