import { afterEach, expect, it } from 'vitest';
import { age } from '../support/age.ts';
import { until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';
import { takeOverMs } from './kill-all.ts';
import { ways } from './scenarios.ts';
import type { End, Way, WayName } from './scenarios.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const interrupted: End = {
  state: 'staged',
  live: 'blue',
  writes: 0,
  told: /interrupted/,
  card: 'interrupted',
};

let village: Village;
afterEach(() => village.close());

/** Where everything stood when the last replica died, and what must become of it. */
const left: { way: WayName; label: string; when: 'before' | 'after'; end: End }[] = [
  { way: 'stage', label: 'stage:deploy:id', when: 'after', end: { ...interrupted, state: 'idle' } },
  { way: 'stage', label: 'stage>staged', when: 'before', end: { ...interrupted, state: 'idle' } },
  { way: 'promote', label: 'promote:before-switch', when: 'after', end: interrupted },
  { way: 'promote', label: 'promote:switch', when: 'before', end: interrupted },
  // The intent is saved and nothing was written: after so long it is undone.
  { way: 'promote', label: 'promote:switch', when: 'after', end: interrupted },
  { way: 'promote', label: 'promote>baking', when: 'before', end: ways.promote.end },
  {
    way: 'promote that is undone',
    label: 'promote:undo',
    when: 'after',
    end: ways['promote that is undone'].end,
  },
  { way: 'revert of a bake', label: 'revert:check', when: 'after', end: ways['revert of a bake'].end },
  { way: 'revert of a bake', label: 'revert:switch', when: 'after', end: ways['revert of a bake'].end },
  {
    way: 'revert of a promote before its intent',
    label: 'pending-revert',
    when: 'after',
    end: ways['revert of a promote before its intent'].end,
  },
];

it('a replica that starts minutes or days late completes or undoes what touched the router and drops the rest', async () => {
  const all = [...left, ...left].map((each, i) => ({
    ms: i < left.length ? 10 * minute : 3 * day,
    ...each,
    service: `s${i + 1}`,
    way_: ways[each.way] as Way,
  }));
  const find = new Map(all.map((each) => [each.service, each.way_]));
  village = await openVillage({
    services: all.map(({ service }) => service),
    settings: (service, desk) => find.get(service)?.settings?.(service, desk) ?? {},
  });
  const first = await village.startReplica();
  village.delivers(first);
  await Promise.all(
    all.map(({ service }) => village.until(service, 'adopted', ({ state }) => state === 'idle')),
  );
  await Promise.all(all.map(({ service, way_ }) => way_.prepare(village, service)));
  const victim = await village.startProcess({ points: all });
  await first.stop();
  village.delivers(victim);
  const before = new Map(all.map(({ service }) => [service, village.writes(service).length]));
  await Promise.all(all.map(({ service, way_ }) => way_.act(village, service)));
  await until(
    'every operation stands at its point',
    () => all.every(({ service }) => victim.tripped(service)),
    30_000,
  );
  await victim.stop('SIGKILL');
  for (const { service, way_, ms } of all) {
    way_.afterwards?.(village, service);
    await age(village, service, ms);
  }
  village.slack.passes(minute);
  const startedAt = Date.now();
  const successor = await village.startReplica();
  village.delivers(successor);

  const seen: object[] = [];
  for (const { service, way, label, end } of all) {
    const name = `${way}, ${label}`;
    const record = await village.until(
      service,
      `${name} ends ${end.state}`,
      ({ state, live, op }) => state === end.state && live === end.live && op === null,
      30_000,
    );
    const entry = (await village.history(service)).find(({ what }) => what === 'taken-over');
    seen.push({
      name,
      agrees: (await village.heading(service)) === record.live,
      writes: village.writes(service).length - (before.get(service) ?? 0),
      soon: Number(entry?.at) - startedAt < takeOverMs,
    });
  }
  expect(seen).toEqual(
    all.map(({ way, label, end }) => ({
      name: `${way}, ${label}`,
      agrees: true,
      writes: end.writes,
      soon: true,
    })),
  );
  await village.untilAllTold(15_000 + all.length * 2_500);
  const untold = [];
  for (const { service, end, way } of all) {
    const card = (await village.card(service)) ?? '';
    if (!(end.told ?? /./).test(village.transcript(service))) untold.push(`${way}: ${end.told}`);
    if (!card.includes(end.card ?? '')) untold.push(`${way}: ${end.card} on ${card}`);
  }
  expect(untold).toEqual([]);
});
