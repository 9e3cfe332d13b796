import { html, nothing, type TemplateResult } from 'lit-html';
import {
  type DeadLetterCause,
  type DeadLetterChange,
  deadLetterChangeSchema,
} from '../../../contracts/deadLetters.ts';
import { get, send } from '../../page/api.ts';
import { Action } from '../../page/app.ts';
import { problemOf } from '../../page/elements.ts';
import { number } from '../../page/format.ts';
import type { OrderApp } from './orderApp.ts';

type Kind = DeadLetterChange['action'];

const BUTTONS: Record<Kind, string> = { redrive: 'Send back', discard: 'Discard' };
const DONE: Record<Kind, string> = { redrive: 'published again', discard: 'cancelled' };

/** Sends the letters of a cause back or discards them: first what would be done, and the change itself on a second button. */
export class DeadLetterChangeForm {
  readonly #action = new Action();
  #asked: { cause: string; plan: DeadLetterChange } | undefined;
  #result: DeadLetterChange | undefined;

  /** The buttons of a cause, and what would be done once one of them was pressed. */
  show(app: OrderApp, { id }: DeadLetterCause): TemplateResult {
    const isOff = app.service.readOnly || this.#action.isRunning;
    const ask = (kind: Kind) => () => void this.#plan(app, kind, id);
    const plan = this.#asked?.cause === id ? this.#asked.plan : undefined;
    return html`<span class="row">
      ${(['redrive', 'discard'] as const).map(
        (kind) =>
          html`<button type="button" ?disabled=${isOff} @click=${ask(kind)}>${BUTTONS[kind]}…</button>`,
      )}</span>${plan === undefined ? nothing : this.#confirmation(app, id, plan, isOff)}`;
  }

  /** What the last change did, and what went wrong. */
  outcome(): TemplateResult {
    return html`${this.#result ? html`<p role="status" id="dead-result">${describe(this.#result)}</p>` : nothing}
      ${problemOf(this.#action)}`;
  }

  #confirmation(app: OrderApp, cause: string, plan: DeadLetterChange, isOff: boolean) {
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const reason = new FormData(event.target as HTMLFormElement).get('reason');
      void this.#change(app, { action: plan.action, cause, ...(reason !== null && { reason }) });
    };
    return html`<form class="plan" @submit=${submit}>
      <p>${describe(plan)}</p>
      <div class="row">${plan.action === 'discard' ? html`<label for="dead-reason">Why</label><input id="dead-reason" name="reason" required maxlength="500">` : nothing}
      <button ?disabled=${isOff}>${BUTTONS[plan.action]} ${number(plan.messages)}</button>
      <button type="button" @click=${() => this.#forget(app)}>Leave them</button></div></form>`;
  }

  async #plan(app: OrderApp, kind: Kind, cause: string): Promise<void> {
    this.#result = undefined;
    const path = `/api/dead-letters/plan?action=${kind}&cause=${encodeURIComponent(cause)}`;
    await this.#action.run(app, async () => {
      this.#asked = { cause, plan: await get(path, deadLetterChangeSchema) };
    });
  }

  async #change(app: OrderApp, body: object): Promise<void> {
    await this.#action.run(app, async () => {
      this.#result = await send('POST', '/api/dead-letters', deadLetterChangeSchema, body);
      this.#asked = undefined;
    });
  }

  #forget(app: OrderApp): void {
    this.#asked = undefined;
    app.redraw();
  }
}

function describe({ action, applied, messages, done, ended, kept }: DeadLetterChange): string {
  const verb = applied ? 'were' : 'would be';
  return [
    `Of ${number(messages)} messages, ${number(done)} orders ${verb} ${DONE[action]}`,
    ...(ended > 0 ? [`${number(ended)} messages of no open order ${verb} deleted`] : []),
    ...Object.entries(kept).map(([why, count]) => `${number(count)} kept: ${why}`),
  ].join('; ');
}
