/** Tests that the errors of a rejection point at fields of the caller's body, not of the vendor's. */
import { expect, test } from "vitest";
import { fromWire } from "../../../adapters/engine/adapter.ts";
import type { Sample } from "./fixtures.ts";
import { createFully, outcomeText, toWire } from "./full-create.ts";
import { onTheWire, scalarsOf, withValueAt } from "./json.ts";

const marker = "marked-7f3a";

export function testErrorPointers(sample: Sample): void {
  const { adapter } = sample;
  const { plan, encoded, outcomeOf } = createFully(sample);
  const reject = (detail: string, pointer?: string, status = 422) => {
    const outcome = outcomeOf(status, JSON.stringify(sample.rejection(detail, pointer)));
    if (outcome.kind !== "rejected") throw new Error(outcomeText(outcome));
    return { reason: outcome.reason, errors: outcome.errors };
  };
  const hasPointers = Iterator.from(adapter.readErrors(sample.rejection("x", "/there"))).some(
    ({ pointer }) => pointer !== undefined,
  );
  const sent = encoded.fields.filter(({ disposition }) => disposition === "sent" || disposition === "mapped");

  const body = fromWire(adapter, onTheWire(encoded.body));
  /** The pointer on the wire to the value in the field, even if the value goes to a part of a text. */
  const onWire = (to: string) => {
    const marked = scalarsOf(toWire(adapter, withValueAt(body, to, marker)));
    return marked.find(([, value]) => String(value).includes(marker))?.[0] ?? to;
  };

  test("a pointer of the vendor becomes the pointer of the field", () => {
    for (const { to } of sent) {
      const pointer = onWire(to ?? "");
      // The vendor's pointer cannot say which of two fields in one text is wrong.
      const fields = sent.filter((each) => onWire(each.to ?? "") === pointer).map(({ field }) => field);
      const { reason, errors } = reject("is wrong", pointer);
      expect({ reason, errors }).toEqual({
        reason: "invalid",
        errors: [{ pointer: expect.any(String), detail: "is wrong" }],
      });
      expect(hasPointers ? fields : [""]).toContain(errors[0]?.pointer);
    }
    expect(reject("is wrong", "/no/such").errors).toEqual([{ pointer: "", detail: "is wrong" }]);
  });

  test("a quoted field name in the vendor's message becomes the pointer of the field", () => {
    for (const { field, to } of sent) {
      const name = plan.byTarget.get(to ?? "")?.path.at(-1) ?? "";
      if (!/^[\w ]+$/.test(name)) continue;
      for (const spelling of [name, name.toUpperCase(), name.replaceAll("_", " ")]) {
        expect(reject(`Validation failed: field '${spelling}' on the 'min' tag.`).errors[0]?.pointer).toBe(field);
      }
    }
    expect(reject("Something is wrong").errors).toEqual([{ pointer: "", detail: "Something is wrong" }]);
  });

  test.each([400, 409, 422])("a rejection with status %i is a duplicate only if its message says so", (status) => {
    for (const message of ["has already been taken", "already exists", "Duplicate value", "must be unique"]) {
      expect(reject(message, undefined, status).reason).toBe("duplicate");
    }
    expect(reject("is not valid", undefined, status).reason).toBe("invalid");
  });

  test("a duplicate without a field points at the unique field that was sent, if there is exactly one", () => {
    const unique = plan.rows.filter((row) => row.unique).map(({ field }) => field);
    const [only = ""] = unique.length === 1 ? unique : [];
    expect(reject("The account already exists").errors[0]?.pointer).toBe(only);
  });
}
