import { type Html, html } from '../../common/report/html.ts';
import type { Claim, Results, Verdict } from '../../contracts/saleResults.ts';

type Tone = 'good' | 'bad' | 'plain';

const MARKS: Record<Verdict, string> = {
  holds: '✓',
  'does not hold': '✗',
  'does not follow': '≠',
  'not measured': '–',
};

/** Red only for what should have held. */
export function toneOf({ verdict, shouldHold }: Pick<Claim, 'verdict' | 'shouldHold'>): Tone {
  if (verdict === 'holds') return 'good';
  return verdict === 'does not hold' && shouldHold ? 'bad' : 'plain';
}

/** Every number of the document beside its formula and what was measured, and an older run beside both. */
export const claimsSection = ({ claims }: Results, older: Results | null): Html => html`
  <h2 id="claims">The document's ten numbers${claims.some(({ id }) => id > 10) && ', and one of our own'}</h2>
  <p>The design document that this service was built from gives ten numbers. Each is held against a formula and against what was measured. "Does
    not follow" is a verdict on the document: its number does not come out of its own design, and nothing here has failed.</p>
  <ol class="claims">
    ${claims.map((claim) =>
      claimCard(
        claim,
        older?.claims.find(({ id }) => id === claim.id),
      ),
    )}
  </ol>`;

const claimCard = (claim: Claim, before: Claim | undefined): Html => html`
  <li class="card claim" id="claim-${claim.id}">
    <span class="muted">${claim.id}</span>
    <div>
      <h3>${claim.document}</h3>
      <p>${chip(claim)} ${before && html`<span class="before">before: ${before.verdict}</span>`}</p>
    </div>
    <div>
      <p>${claim.why}</p>
      <details><summary>Formula and figures<span class="hidden"> of number ${claim.id}</span></summary>
      <p class="muted">${claim.formula}</p>
      ${claim.checks.length > 0 ? checksTable(claim, before) : claim.measured && html`<p>${claim.measured}</p>`}</details>
    </div>
  </li>`;

const chip = (claim: Claim): Html =>
  html`<span class="badge ${toneOf(claim)}">${MARKS[claim.verdict]} ${claim.verdict}</span>`;

function checksTable(claim: Claim, before: Claim | undefined): Html {
  const old = (what: string) =>
    before?.checks.find((check) => check.what === what)?.measured ?? '–';
  return html`
    <table class="checks">
      <thead><tr><th>Figure</th><th>Measured</th><th>Expected</th>${before && html`<th>Before</th>`}</tr></thead>
      <tbody>
        ${claim.checks.map(
          ({ what, expected, measured, passed }) => html`
            <tr>
              <td>${what}</td>
              <td class="measured${!passed && claim.shouldHold ? ' problem' : ''}">${passed ? '' : '✗ '}${measured}</td>
              <td>${expected}</td>
              ${before && html`<td class="before">${old(what)}</td>`}
            </tr>`,
        )}
      </tbody>
    </table>`;
}
