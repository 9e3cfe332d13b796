import { request } from 'node:http';

/** What a point of the code does while it is under test: asks the fault server, and meets its answer. */
export async function faultPoint(
  point: string,
  order: { order_id: string; way: string },
): Promise<void> {
  const query = new URLSearchParams({ point, way: order.way, order: order.order_id });
  const action = await ask(`${process.env.FAULT_POINTS_URL}?${query}`);
  if (action === 'throw') throw new Error(`on purpose: ${point}`);
  if (action === 'exit') process.exit(1);
  if (action === 'hang') await new Promise(() => {});
}

/** With a connection of its own: one from Node's common pool might end with another environment. */
function ask(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request(address, { agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve).on('error', reject);
    });
    asking.on('error', reject).end();
  });
}
