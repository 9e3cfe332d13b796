import * as z from 'zod';

/** `npm run sale -- --list-phases --json`: the phases that the other options choose. */
export const salePhasesSchema = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    /** Length of its load; the start of Locust and the books come on top. */
    seconds: z.number(),
    /** `load` alone can be run by itself on a service that is there. */
    kind: z.enum(['load', 'drain', 'configuration']),
  }),
);
export type SalePhases = z.infer<typeof salePhasesSchema>;
