import * as z from 'zod';

/** What `sls local` writes when requests can be taken, for other commands to find it by. */
export const readyFileSchema = z.object({
  pid: z.int(),
  /** Not in the file, and empty when it is read, where the service has no HTTP API. */
  api: z.string().default(''),
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
