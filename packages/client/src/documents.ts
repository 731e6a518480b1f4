/**
 * The types of the gateway's requests and answers. The published declarations must not need zod. For a type alias, the
 * compiler publishes `z.infer<…>`. For a value with an inferred type, the compiler publishes every member. So each type here
 * is the type of a declared value. The values do not exist at run time: import only types from this file.
 */
import type * as requests from "../../../schemas/account.ts";
import type * as accounts from "../../../schemas/documents/account.ts";
import type * as capabilities from "../../../schemas/documents/capability.ts";
import type * as operations from "../../../schemas/documents/operation.ts";
import type * as previews from "../../../schemas/documents/preview.ts";
import type * as problems from "../../../schemas/documents/problem.ts";
import type * as states from "../../../schemas/operation.ts";

type Members<Document> = Document extends object ? { [Member in keyof Document]: Document[Member] } : Document;
declare function documentOf<Document>(): Members<Document>;

const account = documentOf<accounts.Account>();
export type Account = typeof account;
const accountRequest = documentOf<requests.AccountRequest>();
export type AccountRequest = typeof accountRequest;
const warning = documentOf<accounts.Warning>();
export type Warning = typeof warning;
const connectionCheck = documentOf<capabilities.ConnectionCheck>();
export type ConnectionCheck = typeof connectionCheck;
const connectionDescription = documentOf<capabilities.ConnectionDescription>();
export type ConnectionDescription = typeof connectionDescription;
const fieldCapability = documentOf<capabilities.FieldCapability>();
export type FieldCapability = typeof fieldCapability;
const operation = documentOf<operations.OperationDocument>();
export type Operation = typeof operation;
const operationList = documentOf<operations.OperationList>();
export type OperationList = typeof operationList;
const operationState = documentOf<states.OperationState>();
export type OperationState = typeof operationState;
const resolution = documentOf<states.Resolution>();
export type Resolution = typeof resolution;
const preview = documentOf<previews.Preview>();
export type Preview = typeof preview;
const problem = documentOf<problems.Problem>();
export type Problem = typeof problem;
