/** What a line means; the style sheet gives each role its colour. */
export type Role = 'first' | 'second' | 'third' | 'fourth' | 'bad' | 'refused' | 'reference';

export interface Line {
  label: string;
  role: Role;
  values: (number | null)[];
  /** Lengths of its dashes and gaps. */
  dash?: readonly number[];
  /** Drawn as an area. */
  filled?: boolean;
  /** In the table alone: its unit is another than the chart's. */
  isOnlyInTable?: boolean;
}

export interface ChartSpec {
  title: string;
  unit: string;
  seconds: number[];
  lines: Line[];
}
