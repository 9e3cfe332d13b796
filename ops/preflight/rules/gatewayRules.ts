import { type CompiledTemplate, object, type Resource } from '../compiledTemplate.ts';
import { API, type Finding, LAMBDA, type Plan, type Rule } from '../rule.ts';

interface Route {
  route: Resource;
  key: string;
  integration: Resource | undefined;
  handler: Resource | undefined;
}

const routes = (template: CompiledTemplate): Route[] =>
  template.ofType('AWS::ApiGatewayV2::Route').map((route) => {
    const integration = template.target(route.Properties.Target);
    const handler = template.target(integration?.Properties.IntegrationUri);
    return { route, key: String(route.Properties.RouteKey), integration, handler };
  });

const perRoute =
  (find: (of: Route, template: CompiledTemplate, plan: Plan) => string | false | undefined) =>
  (template: CompiledTemplate, plan: Plan): Finding[] =>
    routes(template).flatMap((of) => {
      const found = find(of, template, plan);
      return found ? [{ resource: of.route.id, found }] : [];
    });

function limitsOf(template: CompiledTemplate, key: string): Record<string, unknown> {
  const { DefaultRouteSettings, RouteSettings } =
    template.ofType('AWS::ApiGatewayV2::Stage')[0]?.Properties ?? {};
  return { ...object(DefaultRouteSettings), ...object(object(RouteSettings)[key]) };
}

/** What a function may do that takes an order in: it hands it on, and the buyer waits for no payment. */
const isIntake = ({ handler, key }: Route, template: CompiledTemplate): boolean =>
  handler !== undefined &&
  key.startsWith('POST ') &&
  template.statementsOf(handler).some(({ actions }) => actions.includes('sns:Publish'));
const reservedOf = ({ handler }: Route) =>
  handler?.Properties.ReservedConcurrentExecutions as number | undefined;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const REQUESTS_PER_ENVIRONMENT = 10;

const INTAKE_LIMIT = ['OrderAsyncLambdaFunction', 'Properties', 'ReservedConcurrentExecutions'];

export const GATEWAY_RULES: Rule[] = [
  {
    id: 'gateway-gives-up-first',
    severity: 'error',
    demands: 'the gateway waits longer for a function than the function may run',
    costs: 'a buyer is told 503 for an order that is then paid',
    wayOut: 'lower the timeout of the function below the integration limit of 30 s',
    source: `${API}/http-api-quotas.html`,
    find: perRoute(({ integration, handler }) => {
      const limit = Number(integration?.Properties.TimeoutInMillis ?? 30_000) / 1000;
      const timeout = Number(handler?.Properties.Timeout ?? 3);
      return (
        handler !== undefined &&
        timeout >= limit &&
        `${handler.id} may run ${timeout} s of ${limit} s`
      );
    }),
    fixture: { at: ['OrderSyncLambdaFunction', 'Properties', 'Timeout'], becomes: 30 },
  },
  {
    id: 'throttled-below-plan',
    severity: 'error',
    demands: 'every route takes the planned orders a second (custom.preflight.ordersPerSecond)',
    costs: 'orders above the limit are answered 429; with a limit of 0 all of them',
    wayOut:
      'raise THROTTLE_RATE and THROTTLE_BURST, or STATUS_THROTTLE_RATE and STATUS_THROTTLE_BURST',
    source: `${API}/http-api-throttling.html`,
    find: perRoute(({ key }, template, { ordersPerSecond }) => {
      const limits = limitsOf(template, key);
      const low = ['ThrottlingRateLimit', 'ThrottlingBurstLimit'].filter(
        (name) => limits[name] !== undefined && Number(limits[name]) < ordersPerSecond,
      );
      return (
        low.length > 0 &&
        `${low.map((name) => `${name} ${limits[name]}`).join(', ')}, planned ${ordersPerSecond}`
      );
    }),
    fixture: {
      at: ['HttpApiStage', 'Properties', 'DefaultRouteSettings', 'ThrottlingRateLimit'],
      becomes: 10,
    },
  },
  {
    id: 'intake-starved',
    severity: 'error',
    demands: 'where other functions reserve concurrency, so does the one that takes orders in',
    costs: 'status polls or the direct way take every free execution, and buyers get 503',
    wayOut: 'reserve concurrency for it (INTAKE_CONCURRENCY)',
    source: `${LAMBDA}/configuration-concurrency.html`,
    find: perRoute((of, template) => {
      const others = template
        .ofType('AWS::Lambda::Function')
        .some(({ Properties }) => Properties.ReservedConcurrentExecutions !== undefined);
      return (
        isIntake(of, template) &&
        others &&
        reservedOf(of) === undefined &&
        `${of.handler?.id} reserves nothing`
      );
    }),
    fixture: { at: INTAKE_LIMIT, becomes: undefined },
  },
  {
    id: 'intake-too-small',
    severity: 'error',
    demands: `an execution answers ${REQUESTS_PER_ENVIRONMENT} requests a second at most, so the intake has a tenth of the plan`,
    costs: 'the orders above ten for each reserved execution are answered 503',
    wayOut: 'raise INTAKE_CONCURRENCY',
    source: `${LAMBDA}/gettingstarted-limits.html`,
    find: perRoute((of, template, { ordersPerSecond }) => {
      const carries = (reservedOf(of) ?? Number.POSITIVE_INFINITY) * REQUESTS_PER_ENVIRONMENT;
      return (
        isIntake(of, template) &&
        carries < ordersPerSecond &&
        carries > 0 &&
        `carries ${carries} a second, planned ${ordersPerSecond}`
      );
    }),
    fixture: { at: INTAKE_LIMIT, becomes: 1 },
  },
  {
    id: 'open-service',
    severity: 'warning',
    demands: 'a route has an authorizer',
    costs: 'anybody can place orders, and look up one whose id they have',
    wayOut: 'add an authorizer to provider.httpApi, or suppress this with the reason',
    source: `${API}/http-api-access-control.html`,
    find: perRoute(
      ({ route }) =>
        [undefined, 'NONE'].includes(route.Properties.AuthorizationType as string | undefined) &&
        'lets everybody in',
    ),
    fixture: {
      at: ['HttpApiRoutePostOrdersSync', 'Properties', 'AuthorizationType'],
      becomes: 'NONE',
    },
  },
];
