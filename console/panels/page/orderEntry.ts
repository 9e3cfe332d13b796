import { orderServiceSchema } from '../../../contracts/orderPanelsApi.ts';
import { orderSampleSchema } from '../../../contracts/orderSample.ts';
import { startPage } from '../../page/consolePage.ts';
import { DeadLetterView } from './deadLetterView.ts';
import { findOrder } from './orderApp.ts';
import { orderCharts } from './orderCharts.ts';
import { OrderDesk } from './orderDesk.ts';
import { OrderOverview } from './orderOverview.ts';
import { deadLetterCount } from './orderRates.ts';
import { StockView } from './stockView.ts';

await startPage({
  sampleSchema: orderSampleSchema,
  serviceSchema: orderServiceSchema,
  overview: new OrderOverview(),
  charts: orderCharts,
  views: [
    { id: 'orders', title: 'Order desk', view: new OrderDesk() },
    {
      id: 'stock',
      title: 'Stock',
      view: new StockView(),
      isThere: ({ hasStock }) => hasStock,
    },
    {
      id: 'dead-letters',
      title: 'Dead letters',
      view: new DeadLetterView(),
      badge: ({ feed, service }) => deadLetterCount(feed.latest, service.orderQueues),
    },
  ],
  find: findOrder,
  search: { placeholder: 'Order id, from anywhere', label: 'Order id, or text of a log line' },
});
