import type { Draw } from './draw.ts';

/** JSON as it is going to be written: what a parsed value cannot hold (a name twice, the digits of a number) included. */
export type JsonText = { raw: string } | { object: [string, JsonText][] } | { array: JsonText[] };

export const raw = (text: string): JsonText => ({ raw: text });

/** One of the many texts that mean the same. */
export function write(json: JsonText, draw: Draw): string {
  const isSpaced = draw.chance(0.3);
  const space = () => (isSpaced ? draw.pick(['', ' ', '\n', '\t', '\r\n  ']) : '');
  const part = (node: JsonText): string => {
    if ('raw' in node) return `${space()}${node.raw}${space()}`;
    if ('array' in node) return `${space()}[${node.array.map(part).join(',') || space()}]`;
    const members = node.object.map(
      ([name, value]) => `${space()}${quote(name, draw)}${space()}:${part(value)}`,
    );
    return `${space()}{${members.join(',') || space()}}${space()}`;
  };
  return part(json);
}

/** A text in quotes, escaped where it must be and here and there where it need not be. */
export function quote(text: string, draw: Draw): string {
  const share = draw.chance(0.2) ? 0.3 : 0;
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  let quoted = '';
  for (const character of text) {
    const isNeeded = character < ' ' || '"\\\ufffd'.includes(character);
    quoted +=
      isNeeded || (share > 0 && draw.chance(share))
        ? [...Array(character.length).keys()].map((at) => escaped(character[at] ?? '')).join('')
        : character;
  }
  return `"${quoted}"`;
}

/** A whole number of hundredths, written as a decimal. */
export function writeHundredths(hundredths: number, draw: Draw): string {
  const digits = String(hundredths).padStart(3, '0');
  const plain = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  return draw.pick([
    String(hundredths / 100),
    String(hundredths / 100),
    plain,
    `${plain}00`,
    `${hundredths}e-2`,
    ...(hundredths > 0 ? [`${hundredths}0E-3`] : []),
    ...(hundredths % 100 === 0 ? [`${hundredths / 100}.0`, `${hundredths / 100}e0`] : []),
  ]);
}

export const writeWhole = (value: number, draw: Draw): string =>
  draw.pick([
    ...Array<string>(5).fill(String(value)),
    `${value}.0`,
    `${value}e0`,
    `${value}0E-1`,
    `0.${value}e${String(value).length}`,
  ]);
