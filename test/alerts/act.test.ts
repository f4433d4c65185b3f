import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import { acknowledge, ask, silence } from '../support/alert-verbs.ts';
import type { AlertGroup } from '../../src/release/alerts/alert.ts';
import type { AlertSaved } from '../../src/release/alerts/port.ts';
import { pressElsewhere } from '../support/alert-verbs.ts';
import type { PressParts } from '../support/alert-verbs.ts';
import { emptyGroup } from '../../src/release/alerts/merge.ts';
import { notStored, toldLater } from '../../src/release/answer.ts';
import type { Answer, SubmittedCommand } from '../../src/release/command.ts';
import { Fault } from '../../src/release/fault.ts';
import { plain } from '../../src/release/line.ts';
import { refusalWords } from '../../src/release/refusals.ts';
import type { Release } from '../../src/release/release.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import { makePeople } from '../../src/slack/people.ts';
import { change, record } from '../store/record.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';

const minute = 60_000;
const id = 'a'.repeat(24);
const lost = 'b'.repeat(24);
const ann = { kind: 'slack', user: 'U0ANN', team: 'T', channel: 'C1' } as const;
const bob = { kind: 'slack', user: 'U0BOB', team: 'T', channel: 'C1' } as const;
const zoe = { kind: 'slack', user: 'U0ZOE', team: 'T', channel: 'C1' } as const;
const settings = settingsSchema.parse({
  colors: { blue: { url: 'http://10.0.0.11' }, green: { url: 'http://10.0.0.12' } },
  router: { kind: 'http' },
  health: [{ kind: 'http' }],
  roles: { operator: ['U0ANN', 'U0BOB'] },
});

let clock: VirtualClock;
let memory: ReturnType<typeof openMemory>;
let sent: SubmittedCommand[];
/** Presses that were accepted. */
let accepted: SubmittedCommand[];
let begun: number;

beforeEach(async () => {
  clock = virtualClock();
  begun = clock.now();
  memory = openMemory({ clock });
  sent = [];
  accepted = [];
  await memory.store.save(change(record('checkout'), 0));
  await fires({});
});

async function fires(more: Partial<AlertGroup>): Promise<void> {
  const about = { id, source: 'prom', group: 'g', service: 'checkout', channel: 'C1' };
  const firing: Partial<AlertGroup> = {
    status: 'firing',
    severity: 'critical',
    titles: ['Slow'],
    since: begun,
    times: 1,
  };
  const group: AlertGroup = { ...emptyGroup(about), ...firing, ...more };
  await memory.alerts.save({
    group,
    expect: 0,
    opens: true,
    urgent: false,
    notices: [],
    draw: true,
    due: null,
  });
}

async function bakes(): Promise<void> {
  const release: Release = {
    id: 'r1',
    number: 1,
    version: 'v2',
    color: 'blue',
    from: 'v1',
    status: 'baking',
    stagedBy: ann,
    stagedAt: clock.now(),
    promotedAt: clock.now(),
    steps: [],
  };
  await memory.store.save(change(record('checkout', { state: 'baking', releases: [release] }), 1));
}

function parts(more: Partial<PressParts> = {}): PressParts {
  const configured = { settings, raw: {}, digest: 'd', seal: 's' };
  return {
    alerts: memory.alerts,
    store: memory.store,
    catalog: {
      names: () => ['checkout'],
      find: (service) => (service === 'checkout' ? configured : undefined),
      stored: () => configured,
      vouchesFor: () => true,
      channelOf: () => 'C1',
    },
    people: makePeople({
      roles: { approver: ['U0CLEO'] },
      membersOf: async () => [],
      team: () => 'T',
      standing: async () => 'member',
      store: memory.store,
      clock,
    }),
    log: { info: () => {}, warn: () => {}, error: () => {} },
    defaultChannel: 'C9',
    look: () => {},
    confirmLater: (command) => void sent.push(command),
    accepted: (press) => void accepted.push(press),
    clock,
    ...more,
  };
}

/** Alerts whose saves come to this. */
const saving = (save: (kept: () => Promise<AlertSaved>) => Promise<AlertSaved>): Partial<PressParts> => ({
  alerts: { ...memory.alerts, save: (given) => save(() => memory.alerts.save(given)) },
});
const silent = (unclear: boolean) => new Fault('storage-unavailable', 'Redis did not answer.', { unclear });

const group = async (of = id) => (await memory.alerts.load(of)).group;
const told = async (): Promise<string[]> =>
  (await memory.outbox.pending('C1', 99)).notices.map(({ text }) => plain(text));
const history = async (): Promise<string[]> =>
  (await memory.store.history('checkout', 99)).map(
    ({ what, code, text, times }) => `${what} ${code ?? ''} ${times}: ${plain(text)}`,
  );
const words = (answer: Answer): string =>
  answer.ok ? plain(answer.text) : `${answer.refusal.code}: ${plain(refusalWords(answer.refusal))}`;

describe('a press on an alert that comes again', () => {
  test('silences once, posts one notice, and gets the outcome of the first press as its answer', async () => {
    const first = await silence(parts(), id, ann, { choice: '1h' }, ['signature:1', 'trigger:1']);
    const before = await group();
    await clock.advance(5 * minute);
    const again = await silence(parts(), id, ann, { choice: '1h' }, ['signature:2', 'trigger:1']);
    expect(again).toEqual({ ...first, repeated: true });
    expect(await group()).toEqual(before);
    expect(await told()).toHaveLength(1);
    expect(await history()).toHaveLength(1);
    expect(accepted).toMatchObject([
      { verb: 'silence', service: 'checkout', marks: ['signature:1', 'trigger:1'] },
    ]);
  });

  test('acknowledges once, and does not answer that the alert was acknowledged already', async () => {
    const first = await acknowledge(parts(), id, ann, ['trigger:1']);
    expect(await acknowledge(parts(), id, ann, ['trigger:1'])).toEqual({ ...first, repeated: true });
    expect(words(first)).toBe(
      'acknowledge: alert Slow of checkout is yours; you are reminded while it fires.',
    );
  });

  test('stays refused, although it would be valid by now', async () => {
    const first = await silence(parts(), id, ann, { choice: 'release' }, ['trigger:1']);
    await bakes();
    const again = await silence(parts(), id, ann, { choice: 'release' }, ['trigger:1']);
    expect(again).toMatchObject({ ok: false, repeated: true, refusal: { code: 'nothing-to-do' } });
    expect(words(again)).toBe(words(first));
    expect((await group())?.silenced).toBeNull();
    expect(await history()).toHaveLength(1);
  });

  test('is known for a group of no known service, too', async () => {
    await fires({ id: lost, service: null });
    const cleo = { ...ann, user: 'U0CLEO' };
    expect(await silence(parts(), lost, zoe, { choice: '1h' }, ['trigger:1'])).toMatchObject({ ok: false });
    expect(await silence(parts(), lost, cleo, { choice: '1h' }, ['trigger:1'])).toMatchObject({
      repeated: true,
    });
    expect(await silence(parts(), lost, cleo, { choice: '1h' }, ['trigger:2'])).toMatchObject({ ok: true });
    expect(await silence(parts(), lost, cleo, { choice: '4h' }, ['trigger:2'])).toMatchObject({
      repeated: true,
    });
  });

  test('is carried out once when both come at the same time', async () => {
    const press = () => silence(parts(), id, ann, { choice: '1h' }, ['trigger:1']);
    const answers = await Promise.all([press(), press(), press()]);
    expect(answers.filter(({ repeated }) => repeated !== true)).toHaveLength(1);
    expect(await told()).toHaveLength(1);
  });
});

describe('a second silence', () => {
  test('of the same length by the same person moves the end, and is announced only when that is news', async () => {
    await silence(parts(), id, ann, { choice: '1h' });
    await clock.advance(minute);
    expect(await silence(parts(), id, ann, { choice: '1h' })).toMatchObject({ ok: true });
    expect((await group())?.silenced?.until).toBe(clock.now() + 60 * minute);
    expect(await told()).toHaveLength(1);
    await clock.advance(minute + 1);
    await silence(parts(), id, ann, { choice: '1h' });
    expect(await told()).toHaveLength(2);
    expect(await history()).toHaveLength(3);
  });

  test.each([
    ['of another person', bob, '1h'],
    ['that ends sooner', ann, '30m'],
    ['until the release settles', ann, 'release'],
  ] as const)('%s is told', async (_which, actor, choice) => {
    await bakes();
    await silence(parts(), id, ann, { choice: '1h' });
    await silence(parts(), id, actor, { choice });
    expect(await told()).toHaveLength(2);
    await silence(parts(), id, actor, { choice });
    expect(await told()).toHaveLength(2);
  });

  test('that was offered for a release which has settled is not taken for the next one', async () => {
    await bakes();
    const answer = await silence(parts(), id, ann, { choice: 'release', of: 'another' });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'stale-button' } });
    expect(words(answer)).toContain('#1 v2 bakes now');
    expect((await group())?.silenced).toBeNull();
  });

  test('lasts until a release settles, also of a service that is configured no more', async () => {
    await bakes();
    const { catalog } = parts();
    const removed = parts({ catalog: { ...catalog, find: () => undefined } });
    const cleo = { ...ann, user: 'U0CLEO' };
    expect(words(await silence(removed, id, cleo, { choice: 'release' }))).toBe(
      'silence: alert Slow of checkout is quiet until #1 v2 settles.',
    );
  });

  test('that comes after the first has ended is announced', async () => {
    await silence(parts(), id, ann, { choice: '30m' });
    await clock.advance(30 * minute);
    await silence(parts(), id, ann, { choice: '30m' });
    expect(await told()).toHaveLength(2);
  });
});

describe('the history of presses on alerts', () => {
  test('an accepted one stands in the history by the same save', async () => {
    const store = { ...memory.store, note: () => Promise.reject(silent(false)) };
    await acknowledge(parts({ store }), id, ann);
    await silence(parts({ store }), id, bob, { choice: '30m' });
    const end = new Date(clock.now() + 30 * minute).toISOString();
    expect(await history()).toEqual([
      `silence  1: alert Slow of checkout: silenced until ${end}`,
      'acknowledge  1: alert Slow of checkout: acknowledged',
    ]);
    expect((await memory.store.history('checkout', 9)).map(({ actor }) => actor)).toEqual([bob, ann]);
  });

  test('a refused one has its code, and equal ones are counted', async () => {
    await acknowledge(parts(), id, zoe);
    await acknowledge(parts(), id, zoe);
    expect(await history()).toEqual([
      'refused not-allowed 2: acknowledge of alert Slow of checkout: acknowledge on checkout needs the role operator or approver (or admin).',
    ]);
  });

  test('one on an old message is there, too', async () => {
    const answer = await pressElsewhere(parts(), 'silence', id, ann);
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'stale-button' } });
    expect(await history()).toEqual([
      'refused stale-button 1: silence of alert Slow of checkout: This button no longer fits; nothing was done.',
    ]);
  });
});

describe('a press on an alert while the storage is unavailable', () => {
  test('that was saved without an answer is not confirmed, and its sender gets the outcome later', async () => {
    const press = saving(async (kept) => {
      await kept();
      throw silent(true);
    });
    const answer = await acknowledge(parts(press), id, ann, ['trigger:1']);
    expect(answer).toMatchObject({ ok: false, toldLater: true });
    expect(words(answer)).toBe(
      'storage-unavailable: acknowledge of alert Slow of checkout may have been stored. Redis did not answer: this is not confirmed. A message will tell you the result; until then look at its message.',
    );
    expect(sent).toMatchObject([{ verb: 'acknowledge', service: 'checkout', marks: ['trigger:1'] }]);
    const outcome = await memory.store.recall(['trigger:1']);
    expect(sent[0] && outcome && plain(toldLater(sent[0], outcome))).toBe(
      'acknowledge: your acknowledge of alert Slow of checkout was stored after all; look at its message.',
    );
  });

  test('whose save is still on its way does nothing once its sender has read that nothing was done', async () => {
    let deliver = async (): Promise<unknown> => undefined;
    const press = saving((kept) => {
      deliver = kept;
      return Promise.reject(silent(true));
    });
    expect(await silence(parts(press), id, ann, { choice: '1h' })).toMatchObject({ toldLater: true });
    const [asked] = sent;
    if (asked === undefined) throw new Error('nothing is told later');
    const otherwise = notStored(asked, {});
    expect(await memory.store.recall(asked.marks, otherwise)).toEqual(otherwise);
    expect(plain(otherwise.text)).toBe(
      'Your silence of alert Slow of checkout was not stored; nothing was done. Send it again if you still want it.',
    );
    expect(await deliver()).toMatchObject({ ok: false, why: 'repeat' });
    expect((await group())?.silenced).toBeNull();
  });

  test('answers that nothing was done when that is known', async () => {
    const press = saving(() => Promise.reject(silent(false)));
    const answer = await silence(parts(press), id, ann, { choice: '1h' });
    expect(words(answer)).toBe(
      'storage-unavailable: silence of alert Slow of checkout was refused. Redis does not answer; nothing was done and nothing will be done later. Try again in a moment.',
    );
    expect(answer).not.toHaveProperty('toldLater');
    expect(sent).toEqual([]);
  });

  test('that came too late for the save did nothing', async () => {
    const press = saving(async () => ({ ok: false, why: 'late' }));
    expect(words(await silence(parts(press), id, ann, { choice: '1h' }))).toContain('nothing was done');
  });

  test('says so when no replica of the storage has it yet', async () => {
    const alone = { ...memory.alerts, watchCopies: () => async () => 'none' as const };
    expect(words(await silence(parts({ alerts: alone }), id, ann, { choice: '1h' }))).toMatch(
      /No Redis replica has confirmed it yet\.$/,
    );
  });
});

test('a press that many deliveries overtake is refused, and did nothing', async () => {
  const press = saving(async () => ({ ok: false, why: 'revision' }));
  expect(words(await acknowledge(parts(press), id, ann))).toMatch(
    /^operation-in-progress: acknowledge of alert Slow of checkout was refused\. .*nothing was done\..* Try again in a moment\.$/,
  );
});

test('a press that a delivery overtakes is carried out on what that left', async () => {
  let lostOnce = false;
  const press = saving(async (kept) => {
    if (lostOnce) return kept();
    lostOnce = true;
    return { ok: false, why: 'revision' };
  });
  expect(await acknowledge(parts(press), id, ann)).toMatchObject({ ok: true });
});

test('an alert of a service whose record cannot be read can still be acknowledged', async () => {
  const store = {
    ...memory.store,
    load: (...asked: Parameters<typeof memory.store.load>) =>
      asked[0] === 'checkout'
        ? Promise.reject(new Fault('bad-record', 'unreadable'))
        : memory.store.load(...asked),
  };
  expect(await acknowledge(parts({ store }), id, ann)).toMatchObject({ ok: true });
});

describe('a command about an alert that is typed', () => {
  test('silences and acknowledges it by its service or its id, and takes both back', async () => {
    const typed = (verb: 'acknowledge' | 'unacknowledge' | 'silence' | 'unsilence', alert: string) =>
      ask(parts(), { verb, alert }, ann);
    await typed('silence', 'checkout slow');
    await typed('acknowledge', id.slice(0, 6));
    expect(await group()).toMatchObject({ silenced: { actor: ann }, acknowledged: { actor: ann } });
    await typed('unsilence', 'checkout');
    expect(words(await typed('unacknowledge', id.slice(0, 4)))).toBe(
      'unacknowledge: nobody is working on alert Slow of checkout now.',
    );
    expect(await group()).toMatchObject({ silenced: null, acknowledged: null });
  });

  test.each([
    [90_000, 'for 1 min 30 s, '],
    [5_400_000, 'for 1 h 30 min, '],
  ])('says for how long it silences, of %d ms', async (forMs, said) => {
    expect(words(await ask(parts(), { verb: 'silence', alert: 'checkout', forMs }, ann))).toContain(said);
  });

  test('shows what fires only to people who may use the verb', async () => {
    const asked = { verb: 'acknowledge', alert: 'checkout nothing like this' } as const;
    expect(words(await ask(parts(), asked, ann))).toContain('These fire: ');
    const answer = words(await ask(parts(), asked, zoe));
    expect(answer).toMatch(/^not-allowed: .*acknowledge on checkout needs the role operator or approver/);
    expect(answer).not.toContain('Slow');
  });

  test('asks which is meant where a service has a name that an id begins with', async () => {
    await fires({ id: `cafe${'0'.repeat(20)}`, group: 'h' });
    await fires({ id: 'b'.repeat(24), service: 'cafe', group: 'i' });
    const answer = await ask(parts(), { verb: 'acknowledge', alert: 'cafe' }, { ...ann, user: 'U0CLEO' });
    expect(words(answer)).toMatch(/^bad-arguments: .*2 firing alerts fit cafe: /);
  });

  test('counts for the limit of a minute, and a press does not', async () => {
    const refused = { ok: false, refusal: { code: 'too-many-requests' } };
    for (let i = 0; i < 120; i += 1) await ask(parts(), { verb: 'silence', alert: 'checkout' }, ann);
    expect(await ask(parts(), { verb: 'unsilence', alert: id }, ann)).toMatchObject(refused);
    expect(await acknowledge(parts(), id, ann)).toMatchObject({ ok: true });
  });
});

describe('the people who may', () => {
  test('acknowledge an alert of a service are its operators, approvers and admins', async () => {
    for (const user of ['U0ANN', 'U0CLEO'])
      expect(await silence(parts(), id, { ...ann, user }, { choice: '1h' })).toMatchObject({ ok: true });
    expect(await acknowledge(parts(), id, zoe)).toMatchObject({ refusal: { code: 'not-allowed' } });
  });

  test('acknowledge an alert of no known service are those of the global lists, and nobody else', async () => {
    await fires({ id: lost, service: null });
    // Ann operates checkout, and nothing else.
    const answer = await acknowledge(parts(), lost, ann);
    expect(words(answer)).toMatch(/^not-allowed: acknowledge of alert Slow was refused\. /);
    expect(await acknowledge(parts(), lost, { ...ann, user: 'U0CLEO' })).toMatchObject({ ok: true });
  });

  test('is not known while Slack cannot be asked, and then the answer is no', async () => {
    const people = { may: async () => 'recently' as const, mentions: () => [] };
    expect(words(await acknowledge(parts({ people }), id, ann))).toContain(
      'Slack could not be asked who may acknowledge, so the answer is no.',
    );
    expect((await group())?.acknowledged).toBeNull();
  });
});

describe('a refusal says what was refused, why, what is true now, and what to do', () => {
  const since = '2026-01-05T10:00:00.000Z';
  const cases: [string, () => Promise<Answer>, string][] = [
    [
      'a stranger',
      () => silence(parts(), id, zoe, { choice: '1h' }),
      `not-allowed: silence of alert Slow of checkout was refused. silence on checkout needs the role operator or approver (or admin). It has been firing (critical) since ${since}. Ask @U0ANN, @U0BOB, or have U0ZOE listed in the configuration.`,
    ],
    [
      'no release that bakes',
      () => silence(parts(), id, ann, { choice: 'release' }),
      `nothing-to-do: silence of alert Slow of checkout was refused. No release of checkout bakes now, so there is none to wait for. It has been firing (critical) since ${since}. Choose a time instead.`,
    ],
    [
      'one that was acknowledged',
      async () => {
        await acknowledge(parts(), id, bob);
        return acknowledge(parts(), id, ann);
      },
      `nothing-to-do: acknowledge of alert Slow of checkout was refused. It was already acknowledged by @U0BOB ${since}. It has been firing (critical) since ${since}. Silence it if it disturbs you.`,
    ],
    [
      'one that is resolved',
      async () => {
        await fires({ id: lost, status: 'resolved', resolvedAt: begun, titles: ['Slow', 'Down', 'Full'] });
        return acknowledge(parts(), lost, ann);
      },
      `nothing-to-do: acknowledge of alert Slow and 2 more of checkout was refused. It was already resolved ${since}. There is nothing to do.`,
    ],
    [
      'one that is not kept any more',
      () => acknowledge(parts(), lost, ann),
      'stale-button: acknowledge of this alert was refused. It is no longer stored; nothing was done. If it still fires, it comes back in a new message.',
    ],
  ];
  test.each(cases)('%s', async (_what, press, said) => {
    expect(words(await press())).toBe(said);
  });
});
