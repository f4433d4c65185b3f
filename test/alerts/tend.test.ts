import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import { acknowledge, silence } from '../support/alert-verbs.ts';
import type { PressParts } from '../support/alert-verbs.ts';
import type { AlertGroup, IncomingAlert } from '../../src/release/alerts/alert.ts';
import { takeDelivery } from '../../src/release/alerts/take.ts';
import { doDueAlertWork } from '../../src/release/alerts/due-work.ts';
import type { Configured } from '../../src/release/command.ts';
import { plain } from '../../src/release/line.ts';
import type { Comparison } from '../../src/release/measurements.ts';
import type { Adapters } from '../../src/release/ports.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import { change, record } from '../store/record.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';

const minute = 60_000;
const id = 'a'.repeat(24);
const ann = { kind: 'slack', user: 'U0ANN', team: 'T' } as const;
const settings = settingsSchema.parse({
  channel: 'C1',
  colors: { blue: { url: 'http://10.0.0.11' }, green: { url: 'http://10.0.0.12' } },
  router: { kind: 'http' },
  health: [{ kind: 'http' }],
  alerts: { remind: '15m' },
  compare: {
    prometheus: { url: 'http://127.0.0.1:9' },
    metrics: [{ name: 'errors', query: 'up{color="{color}"}', unit: 'ratio' }],
  },
});

let clock: VirtualClock;
let memory: ReturnType<typeof openMemory>;
let asked: string[];
let answers: Record<string, number | undefined>;
let metrics: Comparison[];
/** What the windows before a switch had, and what was asked for. */
let past: number[] | undefined;
let pasts: string[];

beforeEach(() => {
  clock = virtualClock();
  memory = openMemory({ clock });
  asked = [];
  answers = { blue: 0.002, green: 0.048 };
  metrics = [errors];
  past = undefined;
  pasts = [];
});

const configured: Configured = { settings, raw: {}, digest: 'd', seal: 's' };

const errors: Comparison = {
  name: 'errors',
  windowMs: 5 * minute,
  unit: 'ratio',
  worse: 'higher',
  pastMs: 7 * 86_400_000,
  async past(color, before) {
    pasts.push(`${color} ${before - clock.now()}`);
    return past;
  },
  async ask(color) {
    asked.push(color);
    const value = answers[color];
    return value === undefined ? { unknown: 'it has no data' } : { value };
  },
};

function parts(): Parameters<typeof doDueAlertWork>[0] & PressParts {
  const adapters: Pick<Adapters, 'metrics'> = { metrics };
  return {
    alerts: memory.alerts,
    store: memory.store,
    catalog: {
      names: () => ['checkout'],
      find: () => configured,
      stored: () => configured,
      vouchesFor: () => true,
      channelOf: () => 'C1',
    },
    people: { may: async () => 'yes', mentions: () => [{ group: 'S1' }] },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    defaultChannel: 'C9',
    look: () => {},
    confirmLater: () => {},
    accepted: () => {},
    clock,
    adapters: () => adapters as Adapters,
    isSource: () => true,
  };
}

const alert = (): IncomingAlert => ({
  fingerprint: 'f',
  status: 'firing',
  severity: 'warning',
  title: 'Slow',
  summary: '',
  labels: {},
  since: clock.now(),
  links: [],
});

const baked = (release = 'r1') => ({
  id: release,
  number: 1,
  version: 'v2',
  color: 'blue' as const,
  from: 'v1',
  status: 'baking' as const,
  stagedBy: ann,
  stagedAt: clock.now(),
  promotedAt: clock.now(),
  steps: [],
});

const deliver = (alerts: IncomingAlert[]) =>
  takeDelivery(
    parts(),
    { source: 'prom', group: 'g', alerts, truncated: 0 },
    () => id,
    () => 'checkout',
  );

/** Does what is due now, as a replica does; the names that were due. */
async function tended(): Promise<string[]> {
  const { names } = await memory.agenda.take('replica', 9, 3_000);
  const due = names.filter((name) => name.startsWith('alert:'));
  for (const name of due) {
    await doDueAlertWork(parts(), name.slice('alert:'.length), new AbortController().signal);
    await memory.agenda.done(name, 'replica');
  }
  for (const name of names) if (!due.includes(name)) await memory.agenda.done(name, 'replica');
  return due;
}

const said = async (): Promise<string[]> =>
  (await memory.outbox.pending('C1', 99)).notices.map(({ text, kind }) => `${kind} ${plain(text)}`);

describe('the due work of a group', () => {
  test('the bot compares blue with green once, when the alert follows a release, and describes the result in words', async () => {
    await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 0));
    await deliver([alert()]);
    expect(await tended()).toEqual([`alert:${id}`]);
    expect(asked.toSorted()).toEqual(['blue', 'green']);
    expect((await said()).join()).toContain('event errors over the same 5 min: blue 0.2 %, green 4.8 %');
    expect((await memory.alerts.load(id)).group?.compared).toContain('green 4.8 %');
    expect(await tended()).toEqual([]);
  });

  test('blue against green is asked when a release is promoted while it fires, and again for the next', async () => {
    await memory.store.save(change(record('checkout'), 0));
    await deliver([alert()]);
    await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 1));
    await tended();
    expect(asked).toHaveLength(2);
    expect(await tended()).toEqual([]);
    answers = { blue: 0.5, green: 0.5 };
    const next = { state: 'baking' as const, epoch: 3, releases: [baked('r2')] };
    await memory.store.save(change(record('checkout', next), 2));
    await tended();
    expect(asked).toHaveLength(4);
    expect((await memory.alerts.load(id)).group?.compared).toContain('blue 50 %, green 50 %');
  });

  test('a color that cannot be asked is unknown, and not asked again', async () => {
    answers = {};
    await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 0));
    await deliver([alert()]);
    await tended();
    expect((await memory.alerts.load(id)).group?.compared).toContain(
      'blue unknown, green unknown (Prometheus: it has no data)',
    );
    expect(await tended()).toEqual([]);
  });

  test('each metric is a sentence of its own, in its unit', async () => {
    const latency = { name: 'latency', windowMs: 10 * minute, unit: 'seconds' as const };
    const lower = { worse: 'lower' as const, pastMs: 200 * minute, past: async () => [1, 2, 3] };
    metrics.push({ ...latency, ...lower, ask: async (color) => ({ value: color === 'blue' ? 0.12 : 1.5 }) });
    await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 0));
    await deliver([alert()]);
    await tended();
    expect((await memory.alerts.load(id)).group?.compared).toBe(
      'errors over the same 5 min: blue 0.2 %, green 4.8 %. latency over the same 10 min: blue 0.12 s, green 1.5 s',
    );
  });

  test.each([
    ['higher', 0.001, 'no window was so bad'],
    ['higher', 0.002, '2,000 were as bad or worse'],
    ['lower', 0.001, '2,000 were as bad or worse'],
    ['lower', 0.003, 'no window was so bad'],
  ] as const)(
    'the live color is compared with its past: %s is worse, and it had %d',
    async (worse, had, words) => {
      past = Array.from({ length: 2_000 }, () => had);
      metrics = [{ ...errors, worse }];
      await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 0));
      await deliver([alert()]);
      await clock.advance(minute);
      await tended();
      expect((await memory.alerts.load(id)).group?.compared).toBe(
        `errors over the same 5 min: blue 0.2 %, green 4.8 %; blue in the 7 d before its switch: 2,000 windows of 5 min, ${words}`,
      );
      expect(pasts).toEqual([`blue ${-minute}`]);
    },
  );

  test('a past of few windows says nothing', async () => {
    past = Array.from({ length: 19 }, () => 0);
    await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 0));
    await deliver([alert()]);
    await tended();
    expect((await memory.alerts.load(id)).group?.compared).toBe(
      'errors over the same 5 min: blue 0.2 %, green 4.8 %',
    );
  });

  test('an alert that follows no release is compared with nothing', async () => {
    await deliver([alert()]);
    expect(await tended()).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('a person who acknowledged is reminded each time, until it resolves', async () => {
    await deliver([alert()]);
    expect(await acknowledge(parts(), id, ann)).toMatchObject({ ok: true });
    await clock.advance(15 * minute - 1);
    expect(await tended()).toEqual([]);
    await clock.advance(1);
    expect(await tended()).toEqual([`alert:${id}`]);
    expect(await said()).toContain(
      'event @U0ANN: still firing after 15 min, and acknowledged by you: alert Slow of checkout. If it is over, press Close.',
    );
    await clock.advance(15 * minute);
    expect(await tended()).toEqual([`alert:${id}`]);
    expect((await said()).filter((each) => each.includes('still firing'))).toHaveLength(2);
    await deliver([{ ...alert(), status: 'resolved', endedAt: clock.now() }]);
    await clock.advance(15 * minute);
    expect(await tended()).toEqual([]);
  });

  test('a person who acknowledged and silenced is not reminded, and nothing is saved meanwhile', async () => {
    await deliver([alert()]);
    await acknowledge(parts(), id, ann);
    await silence(parts(), id, ann, { choice: '4h' });
    const { group } = await memory.alerts.load(id);
    await clock.advance(60 * minute);
    expect(await tended()).toEqual([]);
    expect((await memory.alerts.load(id)).group?.revision).toBe(group?.revision);
  });

  test('every request failing is said as 100 %', async () => {
    answers = { blue: 0, green: 1 };
    await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 0));
    await deliver([alert()]);
    await tended();
    expect((await memory.alerts.load(id)).group?.compared).toContain('blue 0 %, green 100 %');
  });

  test('a silence ends by itself and says so; it reminds nobody meanwhile', async () => {
    await deliver([alert()]);
    await acknowledge(parts(), id, ann);
    expect(await silence(parts(), id, ann, { choice: '30m' })).toMatchObject({ ok: true });
    await clock.advance(15 * minute);
    await tended();
    expect(await said()).not.toContain(expect.stringContaining('still firing'));
    await clock.advance(15 * minute);
    expect(await tended()).toEqual([`alert:${id}`]);
    expect(await said()).toContain('event The silence ended, and the alert still fires.');
    expect((await memory.alerts.load(id)).group?.silenced).toBeNull();
  });

  test('a group that cannot be read is not due at every turn, and is left as it is', async () => {
    await deliver([alert()]);
    const { group } = await memory.alerts.load(id);
    if (group === null) throw new Error('no group');
    const newer = { ...group, schema: 2 } as unknown as AlertGroup;
    const plainly = { opens: false, urgent: false, notices: [], draw: false };
    await memory.alerts.save({ group: newer, expect: group.revision, ...plainly, due: clock.now() });
    expect(await tended()).toEqual([`alert:${id}`]);
    expect(await tended()).toEqual([]);
    expect(await memory.alerts.load(id)).toMatchObject({ group: null, revision: group.revision + 1 });
    await clock.advance(5 * minute);
    expect(await tended()).toEqual([`alert:${id}`]);
  });

  test('a comparison that the stop of a bot breaks off is asked again by another, and nothing is saved', async () => {
    await memory.store.save(change(record('checkout', { state: 'baking', releases: [baked()] }), 0));
    await deliver([alert()]);
    const known = answers;
    answers = {};
    await doDueAlertWork(parts(), id, AbortSignal.abort());
    expect((await memory.alerts.load(id)).group).toMatchObject({ compared: null, revision: 1 });
    answers = known;
    await tended();
    expect((await memory.alerts.load(id)).group?.compared).toContain('green 4.8 %');
  });
});
