import { expect, test } from "vitest";
import { faultOf, faults, isSandbox, withFault } from "../../console/create/faults.ts";
import { faultNames } from "../../sandbox/faults.ts";

test("every fault of the sandbox is offered, and no other", () => {
  expect([...faults.keys()].toSorted()).toEqual(faultNames.toSorted());
});

test("a fault stands in the account's name, and only one", () => {
  expect(withFault("Acme", "reset")).toBe("fault:reset Acme");
  expect(withFault("fault:reset Acme", "429")).toBe("fault:429 Acme");
  expect(withFault("fault:reset Acme", null)).toBe("Acme");
  expect(faultOf("fault:reset Acme")).toBe("reset");
  expect(faultOf("Acme fault:reset")).toBeNull();
});

test("faults are offered for a sandbox alone", () => {
  expect(isSandbox("https://clarus.sandbox.test/api/accounts")).toBe(true);
  expect(isSandbox("https://sandbox.test.clarus-api.com/api/accounts")).toBe(false);
});
