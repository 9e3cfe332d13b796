import type { MetricRow, Reference } from './metrics.ts';
import { type Widget, widgets } from './widgets.ts';

const COLUMNS = 3;
const WIDTH = 8;
const HEIGHT = 6;

/** The dashboard as CloudFormation has it: its body is text, with references put in by `Fn::Sub`. */
export function dashboard(stackName: string, memoryMb: number, stage: string, hasStock = false) {
  const body = {
    start: '-PT3H',
    widgets: widgets(memoryMb, stage, hasStock).map((widget, index) => ({
      type: 'metric',
      x: (index % COLUMNS) * WIDTH,
      y: Math.floor(index / COLUMNS) * HEIGHT,
      width: WIDTH,
      height: HEIGHT,
      properties: properties(widget),
    })),
  };
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: { DashboardName: stackName, DashboardBody: { 'Fn::Sub': JSON.stringify(body) } },
  };
}

const properties = ({ title, rows, unit, isStacked = false }: Widget) => ({
  title,
  view: 'timeSeries',
  stacked: isStacked,
  region: `${'$'}{AWS::Region}`,
  period: 60,
  metrics: rows.map(dashboardRow),
  yAxis: { left: { min: 0, ...(unit && { label: unit, showUnits: false }) } },
});

/** `[namespace, name, dimension, value, ..., options]`, or only the options of an expression. */
function dashboardRow({ metric, options }: MetricRow): unknown[] {
  if (!metric) return [options];
  const { namespace, name, dimensions } = metric;
  const values = Object.entries(dimensions).flatMap(([dimension, value]) => [
    dimension,
    typeof value === 'string' ? value : placeholder(value),
  ]);
  return [namespace, name, ...values, options];
}

const placeholder = (reference: Reference): string =>
  'Ref' in reference ? `\${${reference.Ref}}` : `\${${reference['Fn::GetAtt'].join('.')}}`;
