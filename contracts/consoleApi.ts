import * as z from 'zod';

/** `GET /api/service` */
export const serviceInfoSchema = z.object({
  service: z.string(),
  stage: z.string(),
  version: z.string(),
  readOnly: z.boolean(),
  api: z.string(),
  console: z.string(),
  endpoints: z.record(z.string(), z.string()),
  /** Keys of the manifest. */
  functions: z.array(z.string()),
  /** Names, as the samples have them. */
  queues: z.array(z.string()),
  topics: z.array(z.object({ name: z.string(), subscriptions: z.array(z.string()) })),
  notRun: z.array(z.object({ what: z.string(), why: z.string() })),
});
export type ServiceInfo = z.infer<typeof serviceInfoSchema>;

/** A line that a function wrote. */
const logEntrySchema = z.object({
  /** Rises by one with every line. */
  id: z.number(),
  at: z.number(),
  functionKey: z.string(),
  line: z.string(),
});
export type LogEntry = z.infer<typeof logEntrySchema>;
export const logEntriesSchema = z.array(logEntrySchema);

/** `GET /api/logs` */
export const logsSchema = z.object({ lines: logEntriesSchema });
export type Logs = z.infer<typeof logsSchema>;

/** `GET /api/messages`: everything that is on its way, which SQS itself cannot list. */
export const messagesSchema = z.object({
  /** Bodies by queue URL; `visible` includes delayed ones. The queues between SNS and Lambda are among them. */
  queues: z.record(
    z.string(),
    z.object({ visible: z.array(z.string()), inFlight: z.array(z.string()) }),
  ),
  /** Payloads of asynchronous events that wait, run or will be tried again. */
  async: z.array(z.string()),
  /** Is the schedule of the function on? By function key. */
  schedules: z.record(z.string(), z.boolean()),
});
export type Messages = z.infer<typeof messagesSchema>;
