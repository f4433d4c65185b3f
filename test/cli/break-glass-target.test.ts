import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wayBackOf } from '../../src/cli/break-glass-target.ts';
import { setAside, writeEntry } from '../../src/break-glass/files.ts';
import type { BreakGlassEntry } from '../../src/release/break-glass.ts';
import type { Heading } from '../../src/release/ports.ts';
import { temporaryFolder } from '../support/processes.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const way = (headings: Heading[], to?: 'blue' | 'green') =>
  wayBackOf(
    { service: 'shop', ...(to && { to }) },
    headings.map((heading, i) => ({ instance: `r${i}`, heading })),
    folder,
  );
const glass = (startedAt: string, more: Partial<BreakGlassEntry>): BreakGlassEntry => ({
  schema: 1,
  id: crypto.randomUUID(),
  service: 'shop',
  status: 'done',
  actor: { kind: 'cli', name: 'x' },
  host: 'h',
  startedAt,
  reason: 'fire',
  force: false,
  target: 'blue',
  saw: [],
  ...more,
});

it('the target is the color that the router does not say, also when an instance is silent', async () => {
  expect(await way(['green'])).toEqual({ target: 'blue' });
  expect(await way(['unreachable', 'blue'])).toEqual({ target: 'green' });
});

it('the target must be given when the router does not say a color, and is refused when it says nothing', async () => {
  expect(await way(['green', 'blue'])).toMatchObject({ refusal: { code: 'router-mixed' } });
  expect(await way(['unknown'])).toMatchObject({ refusal: { code: 'router-mixed' } });
  expect(await way(['green', 'blue'], 'green')).toEqual({ target: 'green' });
  expect(await way(['unreachable'], 'green')).toMatchObject({ refusal: { code: 'router-unreachable' } });
});

it('the target is that of the newest break-glass until that is imported: a second one does not undo the first', async () => {
  await writeEntry(folder, glass('2026-11-21T08:00:00.000Z', { target: 'green' }));
  const newest = await writeEntry(folder, glass('2026-11-21T09:00:00.000Z', { status: 'begun' }));
  await writeEntry(folder, glass('2026-11-21T10:00:00.000Z', { service: 'other', target: 'green' }));
  expect(await way(['blue'])).toMatchObject({
    target: 'blue',
    note: expect.stringContaining('The last break-glass went to blue') as string,
  });
  expect(await way(['blue', 'green'])).toMatchObject({ target: 'blue' });
  expect(await way(['blue'], 'green')).toEqual({ target: 'green' });
  await setAside(folder, newest);
  expect(await way(['blue'])).toMatchObject({ target: 'green' });
});
