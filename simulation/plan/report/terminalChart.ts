const BLOCKS = ' ▁▂▃▄▅▆▇█';
const WIDTH = 72;
const HEIGHT = 5;

/** Values over time as columns of blocks; each column has the highest of its stretch. */
export function terminalChart(title: string, values: number[], secondsInAll: number): string[] {
  const columns = Math.min(WIDTH, values.length);
  const heights = Array.from({ length: columns }, (_, column) => {
    const [from, to] = [column, column + 1].map((edge) =>
      Math.floor((edge * values.length) / columns),
    );
    return values.slice(from, to).reduce((most, value) => Math.max(most, value), 0);
  });
  const most = heights.reduce((highest, value) => Math.max(highest, value), 0);
  if (most === 0) return [];
  const rows = Array.from({ length: HEIGHT }, (_, row) => {
    const below = HEIGHT - 1 - row;
    const cells = heights.map((value) => {
      const eighths = Math.round((value / most) * HEIGHT * 8) - below * 8;
      return BLOCKS[Math.max(0, Math.min(8, eighths))];
    });
    const label = row === 0 ? shown(most) : row === HEIGHT - 1 ? '0' : '';
    return `${label.padStart(9)} ${cells.join('').trimEnd()}`;
  });
  return [
    title,
    ...rows,
    `${' '.repeat(10)}0 s${`${shown(secondsInAll)} s`.padStart(columns - 3)}`,
  ];
}

const shown = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
