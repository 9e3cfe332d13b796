import { describe, expect, it } from '@jest/globals';
import { createRouter } from './routes.ts';
import { route } from './testing/gateway.ts';

const router = (...routeKeys: string[]) => createRouter(routeKeys.map((key) => route(key)));

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
describe('routes of an HTTP API', () => {
  const match = router(
    '$default',
    'ANY /{proxy+}',
    'GET /pets/{proxy+}',
    'GET /pets/dog/{id}',
    'GET /pets/dog/1',
  );

  it.each([
    ['GET', '/pets/dog/1', 'GET /pets/dog/1'],
    ['GET', '/pets/dog/2', 'GET /pets/dog/{id}'],
    ['GET', '/pets/cat/1', 'GET /pets/{proxy+}'],
    ['POST', '/test/5', 'ANY /{proxy+}'],
    ['GET', '/', '$default'],
  ])('sends %s %s to %s, the most specific match', (method, path, expected) => {
    expect(match(method, path)?.route.routeKey).toBe(expected);
  });

  it.each(['ANY /pets/{id}', 'GET /{kind}/{id}'])(
    'prefers the full match %s to the greedy GET /pets/{proxy+}',
    (full) => {
      const found = router('GET /pets/{proxy+}', full)('GET', '/pets/6');
      expect(found?.route.routeKey).toBe(full);
    },
  );

  it('uses ANY only for methods that the resource has no route for', () => {
    const pets = router('ANY /pets', 'GET /pets');
    expect(pets('GET', '/pets')?.route.routeKey).toBe('GET /pets');
    expect(pets('DELETE', '/pets')?.route.routeKey).toBe('ANY /pets');
  });

  it('passes over a more specific path that lacks the method', () => {
    const found = router('POST /pets/dog', 'GET /pets/{kind}')('GET', '/pets/dog');
    expect(found?.route.routeKey).toBe('GET /pets/{kind}');
  });

  it('hands a greedy variable the whole rest of the path', () => {
    expect(match('GET', '/pets/cat/1/toys')?.pathParameters).toEqual({ proxy: 'cat/1/toys' });
  });

  it('prefers the greedy route with the longer path', () => {
    const found = router('GET /{all+}', 'GET /pets/{rest+}')('GET', '/pets/cat');
    expect(found?.route.routeKey).toBe('GET /pets/{rest+}');
  });

  it('decodes path variables, and keeps an encoded slash inside its variable', () => {
    const orders = router('GET /orders/{id}');
    expect(orders('GET', '/orders/a%20b%2Fc')?.pathParameters).toEqual({ id: 'a b/c' });
  });

  it('keeps text that is not valid percent-encoding as it came', () => {
    expect(router('GET /orders/{id}')('GET', '/orders/%zz')?.pathParameters).toEqual({ id: '%zz' });
  });

  it('takes a variable of any name, __proto__ included, as data', () => {
    const found = router('GET /{__proto__}')('GET', '/x');
    expect(Object.entries(found?.pathParameters ?? {})).toEqual([['__proto__', 'x']]);
  });

  it.each([
    ['GET', '/orders'],
    ['GET', '/orders/'],
    ['GET', '/orders/1/'],
    ['GET', '/Orders/1'],
    ['HEAD', '/orders/1'],
    ['POST', '/orders/1'],
  ])('has no route for %s %s beside GET /orders/{id}', (method, path) => {
    expect(router('GET /orders/{id}')(method, path)).toBeUndefined();
  });

  it('gives a greedy variable no empty value', () => {
    expect(router('ANY /pets/{proxy+}')('GET', '/pets/')).toBeUndefined();
  });
});
