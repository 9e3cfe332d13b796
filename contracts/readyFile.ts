import * as z from 'zod';

/** What `sls local` writes when requests can be taken, for other commands to find it by. */
export const readyFileSchema = z.object({
  pid: z.int(),
  api: z.string(),
  console: z.string(),
  endpoints: z.object({
    sns: z.string(),
    sqs: z.string(),
    dynamodb: z.string(),
    lambda: z.string(),
  }),
  /** Outputs of the stack. */
  outputs: z.record(z.string(), z.string()),
});
export type ReadyFile = z.infer<typeof readyFileSchema>;
