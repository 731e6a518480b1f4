/** Garmat's replies that the adapter reads. The shapes of a create are in documents/garmat.ts. */
import * as z from "zod/mini";

const countOrNone = z.nullish(z.number());

/** An account as the vendor reports it. The counts may be missing. */
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

/** The reply to `GET /api/accounts`. In the page's example, the accounts have no `id`. */
export const garmatList = z.object({
  data: z.array(z.partial(garmatAccount)),
  page: countOrNone,
  limit: countOrNone,
  pages: countOrNone,
  total: countOrNone,
});
export type GarmatList = z.infer<typeof garmatList>;
