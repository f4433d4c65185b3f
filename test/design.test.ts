import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTables } from '../scripts/machine-tables.ts';

it('the tables of the page on design are those that the code runs on; `npm run tables` writes them', () => {
  const text = readFileSync('docs/design.md', 'utf8');
  expect(text).toBe(withTables(text));
});
