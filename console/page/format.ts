/** 1234 as `1,234`, 0.25 as `0.3`. */
export const number = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });

export const perSecond = (value: number): string => `${number(value)}/s`;

export function duration(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${number(minutes / 60)} h`;
}

/** `Europe/Berlin, GMT+1` */
export function timeZone(at = new Date()): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const parts = Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' }).formatToParts(at);
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value;
  return offset === undefined || offset === zone ? zone : `${zone}, ${offset}`;
}

/** With milliseconds, which tell lines of one moment apart. */
export const preciseClock = (at: number): string =>
  `${clock(at)}.${String(at % 1000).padStart(3, '0')}`;

export const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

export const pretty = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value, null, 2);
