import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonBody } from '../../src/net/answer-path.ts';

const textAt = (body: string, path: string) => jsonBody(body)?.textAt(path);

describe('the text at a path of a JSON body', () => {
  test.each([
    ['{"version":1.10}', 'version', '1.10'],
    ['{"version":6478e18}', 'version', '6478e18'],
    ['{"build":20240920123456789}', 'build', '20240920123456789'],
    ['{"v":-0.50E+2 }', 'v', '-0.50E+2'],
    ['{"a 1.10 \\" 2":"1.50\\\\","v":1.10}', 'v', '1.10'],
    ['{"v":"1.10"}', 'v', '1.10'],
    ['[{"v":1.0}]', '0.v', '1.0'],
    ['{"build.version":"1"}', 'build.version', '1'],
    ['{"build.version":"1","build":{"version":"2"}}', 'build.version', '1'],
    ['{"build":{},"build.version":"1"}', 'build.version', '1'],
    ['{"app":{"build.version":"1"}}', 'app.build.version', '1'],
    ['{"app.build":{"version":"1"},"app":{"build":{}}}', 'app.build.version', '1'],
    ['{"version":"1","version":"2"}', 'version', '2'],
    ['{"version":null}', 'version', undefined],
    ['{"version":true}', 'version', undefined],
    ['{"version":["1"]}', 'version', undefined],
    ['{"version":{"a":1}}', 'version', undefined],
    ['{}', 'constructor.name', undefined],
    ['"1"', '0', undefined],
    ['{"v":1', 'v', undefined],
  ])('%s at %s is %s', (body, path, text) => {
    expect(textAt(body, path)).toBe(text);
  });

  test('is that of a number with any text around it', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?$/);
    const around = fc.json().filter((json) => !json.includes('"here"'));
    fc.assert(
      fc.property(digits, around, around, fc.string(), (number, before, after, key) => {
        const name = JSON.stringify(key);
        const body = `{"a":${before},${name}:${after},"here": {"version" : ${number}},"b":${after}}`;
        fc.pre(key !== 'here');
        expect(textAt(body, 'here.version')).toBe(number);
      }),
    );
  });

  test('is found in a body that is large, and in none that is deeper than any reader goes', () => {
    const filler = `"${'x\\"'.repeat(300_000)}"`;
    expect(textAt(`{"filler":${filler},"v":1.10}`, 'v')).toBe('1.10');
    expect(jsonBody('['.repeat(1_000_000))).toBeUndefined();
  });
});
