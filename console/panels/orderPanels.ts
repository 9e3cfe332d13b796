import path from 'node:path';
import { isObject, parseJson } from '../../common/json.ts';
import type { ObservedService, ServicePanels } from '../servicePanels.ts';
import { deadLetterRoutes } from './deadLetterRoutes.ts';
import { HeadlineReader } from './headlineReader.ts';
import { headlineRoutes } from './headlineRoutes.ts';
import { OrderFigureBook } from './orderFigures.ts';
import { orderRoutes } from './orderRoutes.ts';
import { OrderStage, orderQueues } from './orderStage.ts';
import { PhaseRun } from './phaseRun.ts';
import { RecentOrderBook } from './recentOrders.ts';
import { saleRoutes } from './saleRoutes.ts';
import { stockRoutes } from './stockRoutes.ts';
import { workerRoutes } from './workerRoutes.ts';

/** Locust is told to end at once; the workers that a sale would still set back go with this service, which ends within 5 s. */
const SALE_STOP_MS = 1000;
const FOLDER = path.join(import.meta.dirname, 'page');

function failsByItem({ model }: ObservedService): boolean {
  const worker = model.functions.find(({ key }) => key === 'queueWorker');
  const faults = parseJson(worker?.environment.PAYMENT_FAULTS ?? '');
  return isObject(faults) && faults.by_item === true;
}

/** What the flash sale shows on its console: order flow, order desk, dead letters, workers and phases of the sale. */
export default {
  page: { script: path.join(FOLDER, 'orderEntry.ts'), style: path.join(FOLDER, 'orders.css') },
  open: (service: ObservedService) => {
    const { ready, observations } = service;
    const stage = new OrderStage(ready);
    const hasStock = ready.outputs.StockTableName !== undefined;
    const phaseRun = new PhaseRun(ready);
    const figures = new OrderFigureBook(observations.metrics);
    const recent = new RecentOrderBook(observations.logs);
    const headline = new HeadlineReader(stage, observations.metrics);
    return {
      routes: [
        ...headlineRoutes(headline),
        ...orderRoutes(service, stage, recent),
        ...deadLetterRoutes(service, stage),
        ...workerRoutes(service, stage),
        ...saleRoutes(phaseRun, stage),
        ...(hasStock ? stockRoutes(stage) : []),
      ],
      about: {
        orderQueues: orderQueues(ready),
        hasStock,
        workerBatchSize: Number(ready.outputs.WorkerBatchSize ?? 0),
        failsByItem: failsByItem(service),
      },
      figures: (stats, second) => {
        recent.read();
        return figures.take(stats, second);
      },
      stop: async () => {
        await phaseRun.stop(SALE_STOP_MS);
        stage.close();
      },
    };
  },
} satisfies ServicePanels;
