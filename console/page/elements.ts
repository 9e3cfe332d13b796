import { html, nothing, type TemplateResult } from 'lit-html';
import { type Address, writeAddress } from './address.ts';
import type { App } from './app.ts';
import { number } from './format.ts';

/** Leads to another view without loading the page again. */
export const link = (
  { go }: Pick<App, 'go'>,
  address: Partial<Address>,
  text: unknown,
  isCurrent = false,
): TemplateResult => {
  const open = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(address);
  };
  return html`<a href=${writeAddress(address)} aria-current=${isCurrent ? 'page' : nothing} @click=${open}>${text}</a>`;
};

/** What went wrong, as long as it stands. */
export const problemOf = ({ problem }: { problem: string }): TemplateResult | typeof nothing =>
  problem === '' ? nothing : html`<p class="problem" role="alert">${problem}</p>`;

export interface Part {
  id: string;
  name: unknown;
  figure: unknown;
  notes: unknown[];
  meter?: TemplateResult;
  state?: string;
}

/** A part of the running service with its figure. */
export const part = ({ id, name, figure, notes, meter, state = '' }: Part): TemplateResult =>
  html`<li class="part ${state}"><span class="name">${name}</span>
    <b id="part-${id}">${figure ?? '–'}</b>${meter ?? nothing}
    ${notes.map((note) => html`<span class="note">${note}</span>`)}</li>`;

export const executions = ({
  running,
  limit,
}: {
  running: number;
  limit: number;
}): TemplateResult => html`${number(running)} <small>of ${number(limit)}</small>`;
