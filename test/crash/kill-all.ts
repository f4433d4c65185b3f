import { expect } from 'vitest';
import { otherColor } from '../../src/release/color.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { until } from '../support/until.ts';
import type { Point } from '../support/kill-points.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';
import { ways } from './scenarios.ts';
import type { End, Kill, Way } from './scenarios.ts';

/** What is asked of every successor, ms. */
export const takeOverMs = 5_000;

interface Case extends Kill {
  service: string;
  way_: Way;
  name: string;
}

function cases(kills: readonly Kill[]): Case[] {
  return kills.map((kill, i) => ({
    ...kill,
    service: `s${i + 1}`,
    way_: ways[kill.way],
    name: `${kill.way}, killed ${kill.when} ${kill.label}`,
  }));
}

/**
 * What is due without an operation: the hooks after a switch or revert, and a countdown until its revert is accepted.
 * Taking that up is not announced.
 */
const atRest = ({ label, when, way_ }: Case): boolean =>
  label.startsWith('rest:') ||
  (when === 'before' && label === 'revert:ask-router' && way_.labels[0] === 'rest:baking:countdown');
const unbegun = ({ label, when, way_ }: Case): boolean =>
  when === 'before' &&
  label === way_.labels[0] &&
  (label === 'pending-revert' || label.endsWith(':ask-router') || label.startsWith('rest:'));
const endOf = (each: Case): End => each.end ?? (unbegun(each) ? each.way_.unbegun : each.way_.end);
const over = ({ label, when, way_ }: Case): boolean => when === 'after' && way_.ends.includes(label);

/** What goes wrong while all operations stand at their points. */
export interface Strike {
  /** For `REDIS_URL`, when the state does not lie on the village's own Redis. */
  redisUrl?: string;
  /** The replica that carries everything out, and what happens to it; afterwards somebody must go on. */
  victim(
    village: Village,
    points: readonly Point[],
  ): Promise<{
    events: string;
    tripped(service: string): boolean;
    strike(): Promise<void>;
  }>;
  /** The victim is gone for good: another must take everything up, and say so. */
  kills: boolean;
}

const kill: Strike = {
  kills: true,
  async victim(village, points) {
    const victim = await village.startProcess({ points: [...points] });
    return { ...victim, strike: () => victim.stop('SIGKILL') };
  },
};

/**
 * Begins all operations in one replica, waits until each stands at its point, and kills it (or does what `how` says)
 * while another replica runs. Answers with how long each take-over took, ms, by name.
 */
export async function killAll(kills: readonly Kill[], how = kill): Promise<Map<string, number>> {
  const all = cases(kills);
  const find = new Map(all.map((each) => [each.service, each]));
  const village = await openVillage({
    services: all.map(({ service }) => service),
    settings: (service, desk) => find.get(service)?.way_.settings?.(service, desk) ?? {},
    ...(how.redisUrl !== undefined && { redisUrl: how.redisUrl }),
  });
  try {
    const first = await village.startReplica();
    village.delivers(first);
    const adopted = all.map(({ service }) =>
      village.until(service, 'adopted', ({ state }) => state === 'idle'),
    );
    await Promise.all(adopted);
    await Promise.all(all.map(({ service, way_ }) => way_.prepare(village, service)));
    village.slack.passes(60_000);
    const survivor = await village.startReplica({ bakes: false });
    const victim = await how.victim(village, all);
    await first.stop();
    village.delivers(victim);
    const before = new Map(all.map(({ service }) => [service, village.writes(service).length]));
    await Promise.all(all.map(({ service, way_ }) => way_.act(village, service)));
    await until(
      'every operation stands at its point',
      () => all.every(({ service }) => victim.tripped(service)),
      30_000,
    ).catch((cause: unknown) => {
      const missing = all.filter(({ service }) => !victim.tripped(service)).map(({ name }) => name);
      throw new Error(`never reached: ${missing.join('; ')}`, { cause });
    });
    const struckAt = Date.now();
    await victim.strike();
    survivor.watchBakes();
    village.delivers(survivor);
    village.slack.passes(60_000);
    for (const { service, way_ } of all) way_.afterwards?.(village, service);
    const times = new Map<string, number>();
    const ended = await Promise.allSettled(
      all.map(async (each) => {
        const ms = how.kills ? await takenUp(village, each, struckAt) : undefined;
        if (ms !== undefined) times.set(each.name, ms);
        const end = endOf(each);
        await endsAs(village, each, end, before.get(each.service) ?? 0);
      }),
    );
    // Slack takes less than one edit a second of a workspace.
    await village.untilAllTold(15_000 + all.length * 2_500);
    const told = await Promise.allSettled(all.map((each) => isTold(village, each, endOf(each), how.kills)));
    const failures = [...ended, ...told].flatMap((each, i) =>
      each.status === 'rejected' ? [`${all[i % all.length]?.name}: ${String(each.reason)}`] : [],
    );
    expect(failures).toEqual([]);
    expect(village.slack.violations).toEqual([]);
    return times;
  } finally {
    await village.close();
  }
}

/** Waits for the take-over of what was under way; undefined when nothing was. */
async function takenUp(village: Village, each: Case, killedAt: number): Promise<number | undefined> {
  const isPendingRevert = each.label === 'pending-revert';
  if (over(each) || (unbegun(each) && !isPendingRevert)) return undefined;
  if (atRest(each)) {
    const hooks = ({ bake, afterRevert }: ServiceRecord): boolean =>
      bake?.hooksDone !== false && afterRevert === null;
    await village.until(each.service, 'its hooks are called', hooks);
    const ms = Date.now() - killedAt;
    expect(ms, 'the take-over').toBeLessThan(takeOverMs);
    return ms;
  }
  const entry = await until(
    'taken over',
    async () => (await village.history(each.service)).find(({ what }) => what === 'taken-over'),
    takeOverMs + 5_000,
    100,
  );
  const ms = Number(entry.at) - killedAt;
  expect(ms, 'the take-over').toBeLessThan(takeOverMs);
  expect(entry.words).toContain('the router says');
  return ms;
}

function standsAs(record: ServiceRecord, { state, live, held = false }: End): boolean {
  const { op, afterRevert, bake, autoRevert } = record;
  const rests = op === null && !afterRevert && bake?.hooksDone !== false;
  const countdown = autoRevert?.countdown;
  const counts = held ? countdown?.hold !== undefined : countdown == null;
  return rests && counts && record.state === state && record.live === live;
}

async function endsAs(village: Village, each: Case, end: End, writesBefore: number): Promise<void> {
  const { service } = each;
  const record = await village.until(
    service,
    `ends ${end.state}, live ${end.live}`,
    (record) => standsAs(record, end),
    30_000,
  );
  expect(await village.heading(service), 'what HAProxy says').toBe(
    end.astray ? otherColor(record.live) : record.live,
  );
  const writes = village.writes(service).length - writesBefore;
  expect(writes, 'writes to the router').toBeGreaterThanOrEqual(end.writes);
  expect(writes, 'writes to the router').toBeLessThanOrEqual(end.writes + (end.again ?? 0));
}

async function isTold(village: Village, each: Case, end: End, killed: boolean): Promise<void> {
  const { service } = each;
  expect(standsAs(await village.record(service), end), 'it still stands as it ended').toBe(true);
  const said = village.transcript(service);
  const isPendingRevert = each.label === 'pending-revert';
  if (!killed) {
    // Whoever was cut off may have been back before its lease ended.
  } else if (!over(each) && !atRest(each) && (!unbegun(each) || isPendingRevert)) {
    expect(said).toContain('Another process took over: the router says');
  } else {
    expect(said).not.toContain('Another process took over');
  }
  if (end.told) expect(said).toMatch(end.told);
  if (end.card !== undefined) expect(await village.card(service)).toContain(end.card);
  else expect(await village.card(service)).toBeUndefined();
}
