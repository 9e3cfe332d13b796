import { MetricUnit } from '@aws-lambda-powertools/metrics';
import * as z from 'zod';

/**
 * The Embedded Metric Format, as CloudWatch reads it from a function's log:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const MOST_DIMENSIONS = 30;
const MOST_METRICS = 100;
const MOST_VALUES = 100;
const MOST_BYTES = 1_048_576;

const directiveSchema = z.object({
  Namespace: z.string().min(1).max(1024),
  Dimensions: z.array(z.array(z.string().min(1).max(250)).max(MOST_DIMENSIONS)).min(1),
  Metrics: z
    .array(
      z.object({
        Name: z.string().min(1).max(1024),
        Unit: z.enum(MetricUnit).default('None'),
        StorageResolution: z.union([z.literal(1), z.literal(60)]).optional(),
      }),
    )
    .max(MOST_METRICS),
});

const valueSchema = z.union([z.number(), z.array(z.number()).min(1).max(MOST_VALUES)]);
const dimensionSchema = z.string().min(1).max(1024);

/** A line of the format: its metadata, and the members that the metadata points to. */
const emfSchema = z
  .looseObject({
    _aws: z.looseObject({
      Timestamp: z.int().min(0),
      CloudWatchMetrics: z.array(directiveSchema).min(1),
    }),
  })
  .superRefine((document, context) => {
    for (const { Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
      for (const name of Dimensions.flat()) check(document, name, dimensionSchema, context);
      for (const { Name } of Metrics) check(document, Name, valueSchema, context);
    }
  });

function check(
  document: Record<string, unknown>,
  member: string,
  schema: z.ZodType,
  context: z.RefinementCtx,
): void {
  const parsed = schema.safeParse(document[member]);
  if (parsed.success) return;
  const message = parsed.error.issues.map((issue) => issue.message).join(', ');
  context.addIssue({ code: 'custom', path: [member], message });
}

export interface MetricValue {
  namespace: string;
  name: string;
  unit: string;
  dimensions: Record<string, string>;
  values: number[];
}

/** Whether a log line is meant to be read as metrics; the cheap look that every line gets. */
export const isEmf = (line: string): boolean => line.startsWith('{') && line.includes('"_aws"');

/** The metrics of a line, one entry for each of its dimension sets. Throws with the rules that the line breaks. */
export function readEmf(line: string): MetricValue[] {
  if (Buffer.byteLength(line) > MOST_BYTES) throw new Error('a line must not exceed 1 MB');
  const parsed = emfSchema.safeParse(JSON.parse(line));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const document = parsed.data as Record<string, unknown> & z.infer<typeof emfSchema>;
  return document._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((set) =>
      Metrics.map(({ Name, Unit }) => ({
        namespace: Namespace,
        name: Name,
        unit: Unit,
        dimensions: Object.fromEntries(set.map((name) => [name, document[name] as string])),
        values: [document[Name] as number | number[]].flat(),
      })),
    ),
  );
}
