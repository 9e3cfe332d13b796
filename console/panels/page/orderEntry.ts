import { orderServiceSchema } from '../../../contracts/orderPanelsApi.ts';
import { orderSampleSchema } from '../../../contracts/orderSample.ts';
import { startPage } from '../../page/consolePage.ts';
import { ApiView } from './apiView.ts';
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
    { id: 'api', title: 'API', view: new ApiView() },
  ],
  find: findOrder,
  search: {
    placeholder: 'Paste an order id, URL or log line',
    label: 'Order id, URL or log line, or text to find in the logs',
  },
});
