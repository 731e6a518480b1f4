/** What the adapter reads of Garmat. Its create: documents/garmat.ts. */
import * as z from "zod/mini";

const countOrNone = z.nullish(z.number());

/** An account as the vendor reports it; the counts may be missing. */
export const garmatAccount = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.string(),
  users: countOrNone,
  booths: countOrNone,
  facilities: countOrNone,
  regions: countOrNone,
});

/** The reply to `GET /api/accounts`; the page's example omits `id`. */
export const garmatList = z.object({
  data: z.array(z.partial(garmatAccount)),
  page: countOrNone,
  limit: countOrNone,
  pages: countOrNone,
  total: countOrNone,
});
export type GarmatList = z.infer<typeof garmatList>;
