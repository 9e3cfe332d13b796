import { serviceInfoSchema } from '../../contracts/consoleApi.ts';
import { sampleSchema } from '../../contracts/sample.ts';
import { startPage } from './consolePage.ts';
import { frameCharts } from './frameCharts.ts';
import { ServiceParts } from './serviceParts.ts';

/** The page of a service that brings no panels. */
await startPage({
  sampleSchema,
  serviceSchema: serviceInfoSchema,
  overview: new ServiceParts(),
  charts: frameCharts,
  views: [],
  find: () => undefined,
  search: { placeholder: 'Text of a log line', label: 'Text of a log line' },
});
