import uPlot from 'uplot';
import type { ChartSpec, Line } from './chartSpec.ts';

/** Runs in the report: draws every chart of the page, again when its size or its colours change. */

const HEIGHT = 220;
const drawn = new Map<HTMLElement, uPlot>();

const specs = JSON.parse(document.getElementById('charts')?.textContent ?? '[]') as ChartSpec[];
const holders = [...document.querySelectorAll<HTMLElement>('[data-chart]')];

function draw(holder: HTMLElement): void {
  const spec = specs[Number(holder.dataset.chart)];
  if (spec === undefined || holder.clientWidth === 0) return;
  const lines = spec.lines.filter(({ isOnlyInTable }) => !isOnlyInTable);
  drawn.get(holder)?.destroy();
  drawn.set(
    holder,
    new uPlot(
      optionsOf(lines, holder.clientWidth),
      [spec.seconds, ...lines.map(({ values }) => values)],
      holder,
    ),
  );
}

function optionsOf(lines: Line[], width: number): uPlot.Options {
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
    axes: [
      {
        ...axis,
        incrs: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600],
        size: 28,
        space: 60,
        values: (_, seconds) => seconds.map((second) => `${second} s`),
      },
      {
        ...axis,
        size: 48,
        values: (_, values) => values.map((value) => value.toLocaleString('en')),
      },
    ],
    series: [{ label: 'second', value: (_, second) => shown(second) }, ...lines.map(seriesOf)],
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    legend: { live: true },
  };
}

function seriesOf({ label, role, filled, dash }: Line): uPlot.Series {
  const stroke = color(`--${role}`);
  return {
    label,
    stroke,
    width: role === 'reference' ? 1.5 : 2,
    spanGaps: true,
    points: { show: false },
    value: (_, value) => shown(value),
    ...(role === 'reference' ? { dash: [6, 4] } : dash && { dash: [...dash] }),
    ...(filled ? { fill: color(`--fill-${role}`) } : {}),
  };
}

/** Nothing while the pointer is elsewhere. */
const shown = (value: number | null): string =>
  value?.toLocaleString('en', { maximumFractionDigits: 1 }) ?? '';

/** A variable as the canvas needs it: its colour in the scheme that is in force. */
function color(name: `--${string}`): string {
  const probe = document.body.appendChild(document.createElement('i'));
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

const drawAll = (): void => holders.forEach(draw);

function drawOnPaper(isPaper: boolean): void {
  document.documentElement.classList.toggle('paper', isPaper);
  for (const part of document.querySelectorAll<HTMLDetailsElement>('details.part'))
    part.open = isPaper;
  drawAll();
}

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const holder = target as HTMLElement;
    const plot = drawn.get(holder);
    if (plot === undefined) draw(holder);
    else if (plot.width !== holder.clientWidth)
      plot.setSize({ width: holder.clientWidth, height: HEIGHT });
  }
});
for (const holder of holders) resized.observe(holder);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
matchMedia('print').addEventListener('change', ({ matches }) => drawOnPaper(matches));
addEventListener('beforeprint', () => drawOnPaper(true));
addEventListener('afterprint', () => drawOnPaper(false));
