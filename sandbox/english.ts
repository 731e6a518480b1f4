import { en } from "zod/locales";

/** For schemas whose faults a vendor puts into words: zod/mini has none. */
export const english = { error: en().localeError };
