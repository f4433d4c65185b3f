import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pages, withTables } from '../scripts/machine-tables.ts';

it.each(Object.keys(pages))(
  'the tables of %s are those that the code runs on; `npm run tables` writes them',
  (page) => {
    const text = readFileSync(page, 'utf8');
    expect(text).toBe(withTables(text, page));
  },
);
