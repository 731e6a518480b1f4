/**
 * The documents that the gateway takes and answers. The published declarations must not need zod. For a type alias the
 * compiler would publish `z.infer<…>`. For a value whose type is inferred it publishes every member, so each document here is
 * the type of a value. No value exists: this file is imported for its types only.
 */
import type * as accounts from "../../../schemas/account.ts";
import type * as capabilities from "../../../schemas/capability.ts";
import type * as operations from "../../../schemas/operation.ts";
import type * as previews from "../../../schemas/preview.ts";
import type * as problems from "../../../schemas/problem.ts";

type Members<Document> = Document extends object ? { [Member in keyof Document]: Document[Member] } : Document;
declare function documentOf<Document>(): Members<Document>;

const account = documentOf<accounts.Account>();
export type Account = typeof account;
const accountRequest = documentOf<accounts.AccountRequest>();
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
const operationState = documentOf<operations.OperationState>();
export type OperationState = typeof operationState;
const resolution = documentOf<operations.Resolution>();
export type Resolution = typeof resolution;
const preview = documentOf<previews.Preview>();
export type Preview = typeof preview;
const problem = documentOf<problems.Problem>();
export type Problem = typeof problem;
