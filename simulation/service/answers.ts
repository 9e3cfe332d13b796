import type { GatewayResponse } from '../../local/gateway/integrationResponse.ts';
import type { Answer } from '../../ops/reconciliation/bookRules.ts';
import { ATTEMPT_HEADER, CODE_HEADER } from './functions.ts';
import type { Buyer } from './history.ts';
import type { World } from './world.ts';

/** Of requests that break no rule; nor has the sync way's route a limit. */
const FAULTLESS = new Set([400, 404, 413, 415, 422]);

/** Everything that buyers were told: what the books are held against. */
export class Answers {
  readonly #world: World;
  readonly #told = new Map<string, Answer[]>();
  /** Attempts that were answered 503: not taken, not charged. */
  readonly notTaken = new Set<string>();
  /** Orders that were told to be cancelled for good. */
  readonly cancelledForGood = new Set<string>();
  readonly askedToCancel = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  of(orderId: string): Answer[] {
    return this.#told.get(orderId) ?? [];
  }

  isTaken(buyer: number): boolean {
    return this.of(this.#world.orderIdOf(buyer)).some((answer) => answer !== 'seen');
  }

  posted({ number: buyer, way }: Buyer, { status, body, headers }: GatewayResponse): void {
    const orderId = this.#world.orderIdOf(buyer);
    this.#note(buyer, 'POST', status);
    if (status === 200 || status === 202) {
      this.#tell(orderId, status === 200 ? 'paid' : 'accepted');
      this.#seen(orderId, String(body));
    }
    if (FAULTLESS.has(status) || (status === 429 && way === 'sync'))
      this.#world.chronicle.violate(`${this.#world.nameOf(orderId)} was refused with ${status}`);
    if (status === 402) this.#tell(orderId, 'declined');
    const header = (name: string) => headers.find(([key]) => key === name)?.[1];
    const attempt = header(ATTEMPT_HEADER);
    if (status === 503 && header(CODE_HEADER) === 'not_taken' && attempt)
      this.notTaken.add(attempt);
  }

  looked(buyer: number, { status, body }: GatewayResponse, wasTaken: boolean): void {
    const orderId = this.#world.orderIdOf(buyer);
    this.#note(buyer, 'GET', status);
    if (status === 200) this.#seen(orderId, String(body));
    if (status === 404 && wasTaken)
      this.#world.chronicle.violate(
        `${this.#world.nameOf(orderId)} was taken, and is answered 404`,
      );
  }

  cancelled(buyer: number, { status, body }: GatewayResponse): void {
    const orderId = this.#world.orderIdOf(buyer);
    this.#note(buyer, 'DELETE', status);
    this.askedToCancel.add(orderId);
    if (status === 200) this.#seen(orderId, String(body));
  }

  /** An end that a buyer has seen stays. */
  #seen(orderId: string, body: string): void {
    if (body.includes('"status":"pending"')) return;
    const { status, cancel_reason: reason } = JSON.parse(body) as Record<string, string>;
    if (status === 'completed' || status === 'declined') this.#tell(orderId, status);
    if (reason === 'requested' || reason === 'deadline_passed') this.cancelledForGood.add(orderId);
  }

  #tell(orderId: string, answer: Answer): void {
    const told = this.of(orderId);
    if (!told.includes(answer)) this.#told.set(orderId, [...told, answer]);
  }

  #note(buyer: number, method: string, status: number): void {
    this.#world.chronicle.note(`${method} of buyer ${buyer}: ${status}`);
  }
}
