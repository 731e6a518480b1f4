/** Stands in for `account-gateway/testing`, with its names, for what this app meets. */
import { http, HttpResponse, type HttpHandler } from "msw";

const created = {
  id: "b0085d52-dcc4-4312-98ab-f1155683b15d",
  vendor: "elastic_path",
  connection: "demo-elastic-path",
  name: "Acme Corporation",
  warnings: [],
};

const problemOf = (status: number, members: { code: string; effect: string; retry: string; errors?: unknown }) =>
  HttpResponse.json({ ...members, status, detail: "As a test has it" }, { status });

const unknown = () => problemOf(504, { code: "outcome_unknown", effect: "unknown", retry: "same_key" });

/** What is answered to the requests of one key, one after the other; the last holds for all that follow. */
const scenarios = {
  created: [() => HttpResponse.json(created, { status: 201 })],
  duplicate: [() => problemOf(409, { code: "account_exists", effect: "none", retry: "never" })],
  invalid: [
    () => {
      const errors = [{ pointer: "/name", detail: "Too long: at most 1024 characters" }];
      return problemOf(422, { code: "vendor_rejected", effect: "none", retry: "never", errors });
    },
  ],
  unknown_then_created: [unknown, () => HttpResponse.json(created, { status: 201 })],
  needs_review: [unknown, () => problemOf(409, { code: "operation_needs_review", effect: "unknown", retry: "never" })],
  answer_lost_then_created: [() => HttpResponse.error(), () => HttpResponse.json(created, { status: 201 })],
} as const;

export function gatewayScenario(name: keyof typeof scenarios): HttpHandler[] {
  const answers: (() => Response)[] = [...scenarios[name]];
  return [
    http.post("https://gateway.test/v1/accounts", ({ request }) => {
      if (request.headers.get("Authorization") !== "Bearer demo-key") throw new Error("Not the app's key");
      const [answer = unknown] = answers;
      if (answers.length > 1) answers.shift();
      return answer();
    }),
  ];
}
