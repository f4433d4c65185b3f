import { describe, expect, test } from 'vitest';
import { fillQuery, holds, querySchema } from '../../src/release/promql.ts';

const values = { service: 'checkout', color: 'green', version: '1.2+3' };
const filled = (query: string, more = {}) => fillQuery(query, { ...values, ...more });

describe('a query with placeholders', () => {
  test('gets the values where they stand', () => {
    expect(filled('rate(errors{service="{service}",color=\'{color}\'}[5m]) and on() up_{color}')).toEqual({
      query: 'rate(errors{service="checkout",color=\'green\'}[5m]) and on() up_green',
    });
  });

  test('takes a version by its characters, also in a regular expression', () => {
    expect(filled('x{v="{version}"}')).toEqual({ query: 'x{v="1.2+3"}' });
    expect(filled('x{v=~"{version}-.*"}')).toEqual({ query: 'x{v=~"1\\u005c.2\\u005c+3-.*"}' });
    expect(filled('x{v !~\n  `{version}`}')).toEqual({ query: 'x{v !~\n  `1\\.2\\+3`}' });
  });

  test.each(['"', "'", '`'])('cannot be ended by a value, in %s', (quote) => {
    const hostile = '"\'`} or vector(1) #\n\\';
    const of = filled(`x{v=${quote}{version}${quote}}`, { version: hostile });
    const text = 'query' in of ? of.query.slice('x{v='.length + 1, -2) : '';
    expect(text).not.toContain(quote);
    expect(text.endsWith('\\\\') || !text.endsWith('\\') || quote === '`').toBe(true);
  });

  test('is not filled without a value that it needs', () => {
    expect(fillQuery('x{v="{version}"}', { color: 'blue' })).toEqual({ missing: 'version' });
    expect(fillQuery('x{v="{color}"}', { color: 'blue' })).toEqual({ query: 'x{v="blue"}' });
  });

  test('keeps its comments, in which nothing is replaced and no quote begins', () => {
    const query = 'x{v="a"} # it\'s {color} here\n + 1';
    expect(filled(query)).toEqual({ query });
  });

  test('tells what it holds', () => {
    expect(holds('x{v="{version}"}', 'version')).toBe(true);
    expect(holds('x # {version}', 'version')).toBe(false);
  });
});

describe('a query of the configuration', () => {
  const message = (query: string, knows: Parameters<typeof querySchema>[0] = ['service', 'color']) =>
    querySchema(knows, ['color']).safeParse(query).error?.issues[0]?.message;

  test.each([
    ['sum(rate(errors{color="{color}"}[5m])) / on() sum(x{service=~"{service}|b"})', undefined],
    ['x{color="{color}"', 'lacks a }'],
    ['sum(x{color="{color}"}))', 'has a ) without its beginning'],
    ['sum(x{color="{color}"]', 'has a ] without its beginning'],
    ['x{color="{color}}', 'has a quoted text that does not end'],
    ['x{color="{color}\n"}', 'has a quoted text that does not end in its line'],
    ['x{color="blue"}', 'must hold {color}'],
    ['x # {color}', 'must hold {color}'],
    ['x{color="{color}",v="{version}"}', 'cannot have {version}, only {service} and {color}'],
    ['{service}_errors{color="{color}"}', 'has {service} outside of quotes'],
  ])('%s', (query, words) => {
    expect(message(query)).toBe(words);
  });
});
