import { html } from '../../common/report/html.ts';
import type { Results } from '../../contracts/saleResults.ts';
import { outcomeOf } from '../running/exitStatus.ts';
import { queuePicture, wayRows } from './story.ts';

const COLUMNS = [
  { x: 60, of: 'way', head: 'Way' },
  { x: 400, of: 'accepted', head: 'Accepted' },
  { x: 560, of: 'answered', head: 'Answered in' },
  { x: 740, of: 'paid', head: 'Paid after' },
  { x: 920, of: 'sent', head: 'Orders sent' },
] as const;

/** The sale on one slide: `sale.svg`, for a presentation or a pull request. */
export function saleSlide(results: Results): string {
  const { settings } = results;
  const rows = wayRows(results);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 675" font-family="system-ui, sans-serif">
<style>text{fill:#1c2430}.muted,.axis{fill:#5d6876}.rule{stroke:#dde2e8}polyline{fill:none;stroke-width:3}polyline.one{stroke:#c0303a}polyline.many{stroke:#17693c}text.one{fill:#c0303a}text.many{fill:#17693c}figcaption{display:none}</style>
<rect width="1200" height="675" fill="#ffffff"/>
<text x="60" y="70" font-size="34" font-weight="600">A flash sale, taken three ways</text>
<text class="muted" x="60" y="104" font-size="18">${settings.users} buyers, a payment takes 3 s, ${settings.startedAt.slice(0, 10)}. ${outcomeOf(results)}</text>
${COLUMNS.map(({ x, head }) => html`<text class="muted" x="${x}" y="150" font-size="17">${head}</text>`)}
${rows.map((row, index) => COLUMNS.map(({ x, of }) => html`<text x="${x}" y="${186 + index * 36}" font-size="21"${of !== 'way' && html` font-weight="600"`}>${row[of]}</text>`))}
<svg x="60" y="390" width="1080" height="250" viewBox="0 0 1000 230">${queuePicture(results)}</svg>
<text class="muted" x="60" y="372" font-size="17">Orders waiting, second by second</text>
</svg>`.text
    .replaceAll(/<\/?figure[^>]*>|<figcaption>.*?<\/figcaption>/g, '')
    .concat('\n');
}
