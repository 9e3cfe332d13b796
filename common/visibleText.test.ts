import { describe, expect, it } from '@jest/globals';
import { visibleText } from './visibleText.ts';

describe('visibleText', () => {
  it('writes the control characters of a stranger as JSON does, and leaves all else', () => {
    expect(visibleText('a\u001b[31m\u009b2J\u007f')).toBe('a\\u001b[31m\\u009b2J\\u007f');
    expect(visibleText('two\tparts\nand a € \u{1f600}')).toBe('two\tparts\nand a € \u{1f600}');
  });
});
