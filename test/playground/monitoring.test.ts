import { beforeEach, describe, expect, it } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import { alertmanager } from '../../src/alerts/sources/alertmanager.ts';
import { startMonitoring } from '../../packages/playground/src/monitoring.ts';
import type { Monitoring } from '../../packages/playground/src/monitoring.ts';
import type { TrafficReport } from '../../packages/playground/src/traffic.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { atOnce } from '../support/at-once.ts';

/** A body as the bot reads it, and when it came. */
interface Heard {
  atMs: number;
  status: string;
  since: number;
  endedAt?: number;
  summary: string;
  labels: Readonly<Record<string, string>>;
}

let clock: VirtualClock;
let errors: number;
let live: { color: Color; version: string };
/** The bot's answer; undefined: nobody answers. */
let answer: number | undefined;
/** Everything that was sent; `stored`: what the bot has taken. */
let sent: Heard[];
let stored: Heard[];
let monitoring: Monitoring;

const options = {
  kind: 'alertmanager' as const,
  token: 'x',
  serviceLabel: 'service',
  services: {},
  linkHosts: [],
};

function hear(body: object): Heard {
  const read = atOnce(alertmanager(options).read(JSON.parse(JSON.stringify(body)) as object));
  if (!read.ok) throw new Error(read.mistake);
  const [alert] = read.delivery.alerts;
  if (alert === undefined) throw new Error('a body without an alert');
  return { ...alert, atMs: clock.mono() };
}

beforeEach(() => {
  clock = virtualClock();
  errors = 0;
  live = { color: 'green', version: 'v2' };
  answer = 202;
  sent = [];
  stored = [];
  const report = (): TrafficReport => ({
    answered: [{ color: live.color, version: live.version, perSecond: 20 - errors }],
    errorsPerSecond: errors,
    requests: 0,
    errors: 0,
  });
  monitoring = startMonitoring({
    service: 'demo',
    traffic: { report },
    live: () => live,
    send: async (body) => {
      sent.push(hear(body));
      if (answer === 202) stored.push(hear(body));
      return answer;
    },
    clock,
  });
  return () => monitoring.close();
});

describe('monitoring', () => {
  it('fires when requests have failed for two seconds, of the color that is live', async () => {
    await clock.advance(10_000);
    errors = 9.8;
    await clock.advance(2_000);
    expect(stored).toEqual([]);
    await clock.advance(250);
    expect(stored).toMatchObject([
      {
        atMs: 12_250,
        status: 'firing',
        severity: 'critical',
        title: 'HighErrorRate',
        summary: '9.8 of 20 requests a second fail on green v2',
        labels: { service: 'demo', color: 'green', version: 'v2' },
        since: clock.now(),
      },
    ]);
    await clock.advance(60_000);
    expect(sent).toHaveLength(1);
  });

  it('is quiet about a few failures, and about many that are over at once', async () => {
    errors = 1;
    await clock.advance(10_000);
    errors = 20;
    await clock.advance(1_800);
    errors = 0;
    await clock.advance(250);
    errors = 20;
    await clock.advance(1_800);
    errors = 0.5;
    await clock.advance(60_000);
    expect(sent).toEqual([]);
  });

  it('resolves when nothing has failed for five seconds, and fires again after that', async () => {
    errors = 20;
    await clock.advance(3_000);
    errors = 0;
    await clock.advance(4_000);
    errors = 0.5;
    await clock.advance(1_000);
    errors = 0;
    await clock.advance(5_000);
    expect(stored.map(({ status }) => status)).toEqual(['firing']);
    await clock.advance(250);
    expect(stored[1]).toMatchObject({ status: 'resolved', endedAt: clock.now(), since: stored[0]?.since });
    errors = 20;
    await clock.advance(3_000);
    expect(stored[2]).toMatchObject({ status: 'firing', labels: stored[0]?.labels });
    expect(stored[2]?.since).toBeGreaterThan(stored[1]?.endedAt ?? Infinity);
  });

  it('resolves the alert of a color that lost the traffic, and blames the other for its own failures only', async () => {
    errors = 20;
    await clock.advance(3_000);
    live = { color: 'blue', version: 'v1' };
    // Requests that were under way to green.
    await clock.advance(2_500);
    errors = 0;
    await clock.advance(10_000);
    expect(stored.map(({ status, labels }) => `${labels['color']} ${status}`)).toEqual([
      'green firing',
      'green resolved',
    ]);
    expect((stored[1]?.atMs ?? 0) - 3_000).toBeLessThan(5_600);
    errors = 20;
    await clock.advance(3_000);
    expect(stored[2]).toMatchObject({
      status: 'firing',
      summary: 'All 20 requests a second fail on blue v1',
      labels: { color: 'blue', version: 'v1' },
    });
  });

  it.each([undefined, 503, 500])(
    'sends again every second while the answer is %s, until it is stored',
    async (status) => {
      answer = status;
      errors = 20;
      await clock.advance(5_500);
      const times = sent.map(({ atMs }) => atMs);
      expect(times).toEqual([2_250, 3_250, 4_250, 5_250]);
      answer = 202;
      await clock.advance(60_000);
      expect(stored).toHaveLength(1);
      expect(stored[0]).toMatchObject({ status: 'firing', since: sent[0]?.since });
    },
  );

  it('sends a bot that was dead meanwhile the present state of an alert, and no more', async () => {
    errors = 20;
    await clock.advance(3_000);
    answer = undefined;
    errors = 0;
    await clock.advance(10_000);
    errors = 20;
    await clock.advance(10_000);
    answer = 202;
    await clock.advance(5_000);
    expect(stored.map(({ status }) => status)).toEqual(['firing', 'firing']);
  });

  it('gives up what is refused for good, and keeps a bounded number that waits', async () => {
    answer = 400;
    errors = 20;
    await clock.advance(60_000);
    expect(sent).toHaveLength(1);
    answer = undefined;
    for (let version = 3; version < 33; version += 1) {
      errors = 0;
      await clock.advance(6_000);
      live = { color: 'green', version: `v${version}` };
      errors = 20;
      await clock.advance(3_000);
    }
    answer = 202;
    errors = 0;
    await clock.advance(10_000);
    const versions = new Set(stored.map(({ labels }) => labels['version']));
    expect(versions.size).toBe(20);
    expect(versions).toContain('v32');
  });

  it('looks and sends no more once it is closed', async () => {
    answer = undefined;
    errors = 20;
    await clock.advance(3_000);
    const before = sent.length;
    monitoring.close();
    await clock.advance(60_000);
    expect(sent).toHaveLength(before);
    expect(before).toBeGreaterThan(0);
  });
});
