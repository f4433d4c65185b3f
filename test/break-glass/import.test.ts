/** When what break-glass left is taken in, and in which order. */
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeEntry } from '../../src/break-glass/files.ts';
import { makeImporter } from '../../src/break-glass/import.ts';
import type { Importer } from '../../src/break-glass/import.ts';
import type { BreakGlassEntry } from '../../src/release/break-glass.ts';
import { plain } from '../../src/release/line.ts';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';
import { temporaryFolder } from '../support/processes.ts';
import { until } from '../support/until.ts';

let folder: string;
let core: Core;
let importer: Importer;

beforeEach(async () => {
  folder = await temporaryFolder();
  const opened = await ready();
  core = opened.core;
  await staged(core, opened.bot);
  await opened.bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  // What moves the router until then is put back.
  await core.clock.advance(6_000);
  opened.bot.kill();
  importer = makeImporter(core.replica('importing').parts, folder, new AbortController().signal);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const left = (at: string, reason: string, more: Partial<BreakGlassEntry> = {}): Promise<string> =>
  writeEntry(folder, {
    schema: 1,
    id: crypto.randomUUID(),
    service: 'checkout',
    status: 'done',
    actor: { kind: 'cli', name: 'deploy' },
    host: 'h',
    startedAt: `2026-01-05T${at}.000Z`,
    reason,
    force: false,
    target: 'blue',
    saw: [{ instance: 'r1', heading: 'green' }],
    result: [{ instance: 'r1', heading: 'blue' }],
    ...more,
  });

/** Looks as a bot does, again and again. */
const looksUntil = (what: string, so: () => boolean | Promise<boolean>): Promise<unknown> =>
  until(what, async () => {
    void importer.look();
    await core.clock.advance(250);
    return so();
  });
const imported = (): number => readdirSync(folder).filter((name) => name.endsWith('.imported')).length;
const told = async (): Promise<string[]> =>
  (await core.history())
    .filter(({ what }) => what === 'break-glass')
    .map(({ text }) => plain(text))
    .toReversed();

it('the import follows the order of the reverts, also while the first one waits for another attempt', async () => {
  core.world.router['r1'] = 'blue';
  core.world.storage.away = true;
  await left('09:00:00', 'green is on fire');
  await looksUntil('the first was tried in vain', () => importer.holds('service:checkout'));
  await left('09:05:00', 'again', { saw: [{ instance: 'r1', heading: 'blue' }] });
  core.world.storage.away = false;
  await looksUntil('both are taken in', () => imported() === 2);

  const entries = await told();
  expect(entries.map((text) => /: (green is on fire|again);/.exec(text)?.[1])).toEqual([
    'green is on fire',
    'again',
  ]);
  expect(await core.record()).toMatchObject({
    live: 'blue',
    lock: { reason: 'reverted: green is on fire' },
    releases: [{ status: 'reverted', cause: 'green is on fire' }],
  });
});

it('the import says when the revert happened, and records one that moved nothing in the history only', async () => {
  core.world.router['r1'] = 'blue';
  await left('09:00:00', 'green is on fire');
  await left('09:05:00', 'again', { saw: [{ instance: 'r1', heading: 'blue' }] });
  await looksUntil('both are taken in', () => imported() === 2);

  const [first, second] = await told();
  expect(first).toMatch(/^the router of checkout said green and was pointed to blue .*2026-01-05.*09:00/);
  expect(second).toMatch(/^the router of checkout said blue already .*2026-01-05.*09:05.*: again;/);
  const said = await core.said();
  expect(said).toMatch(/broadcast: cli:deploy used break-glass .*2026-01-05.*09:00/);
  expect(said).not.toContain(': again');
});
