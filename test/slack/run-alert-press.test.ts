import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import { alertCards } from '../../src/release/alerts/port.ts';
import type { Actor } from '../../src/release/actor.ts';
import type { Refusal } from '../../src/release/refusals.ts';
import type { ShownMessage } from '../../src/release/store.ts';
import type { AlertCommand } from '../../src/release/verbs/index.ts';
import { runAlertPress } from '../../src/slack/run-alert-press.ts';
import type { Press, PressParts } from '../../src/slack/run-press.ts';
import type { Identity } from '../../src/slack/identity.ts';
import type { Reply } from '../../src/slack/reply.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import { catalogOf } from './way-in.ts';

const group = 'a'.repeat(24);
const other = 'b'.repeat(24);
const actor: Actor = { kind: 'slack', user: 'U0ANN', team: 'T' };
const stale = { code: 'stale-button' };

let clock: VirtualClock;
let memory: ReturnType<typeof openMemory>;
let acted: unknown[];
let elsewhere: (string | undefined)[];
let refusedElsewhere: Refusal;
let identity: Identity | undefined;

beforeEach(async () => {
  clock = virtualClock();
  memory = openMemory({ clock });
  acted = [];
  elsewhere = [];
  identity = undefined;
  refusedElsewhere = { code: 'stale-button', why: ['It no longer fits.'], next: ['Look.'] };
  await shows({});
});

async function shows(more: Partial<ShownMessage>): Promise<void> {
  const card = { kind: 'card', service: alertCards, release: group, epoch: 1 } as const;
  await memory.outbox.saveMessage({ channel: 'C1', ts: '1.1', ...card, ...more });
}

async function presses(more: Partial<Press>): Promise<Reply> {
  const given: Press = {
    button: 'alert.acknowledge',
    value: JSON.stringify({ a: group }),
    message: { channel: 'C1', ts: '1.1' },
    actor,
    marks: ['trigger:1'],
    ...more,
  };
  const parts: PressParts = {
    desk: {
      ...memory,
      catalog: catalogOf({}),
      people: { may: async () => 'no', mentions: () => [] },
      diff: async () => ({ why: [] }),
      async submit(command) {
        const { press, marks, service: _service, ...asked } = command as AlertCommand;
        if (press?.elsewhere) elsewhere.push(asked.alert);
        else acted.push({ ...asked, marks });
        const refused = press?.elsewhere
          ? refusedElsewhere
          : { code: 'nothing-to-do' as const, why: [], next: [] };
        return press?.elsewhere || asked.verb === 'silence'
          ? { ok: false, refusal: refused }
          : { ok: true, text: ['done'] };
      },
      inspect: async () => ({ promote: [], revert: [] }),
      compare: async () => ({ live: null, why: [] }),
      log: { info: () => {}, warn: () => {}, error: () => {} },
    },
    outbox: memory.outbox,
    identity: () => identity,
    client: { chat: { update: () => Promise.reject(new Error('nothing is replaced')) } },
    clock,
  };
  const answered = runAlertPress[given.button as keyof typeof runAlertPress]?.(given, parts);
  // A message that is not known is waited for.
  await clock.advance(3_000);
  return answered ?? { lines: [] };
}

describe('a press on an alert', () => {
  test('on the message that shows the group is carried out with its marks', async () => {
    expect(await presses({})).toMatchObject({ lines: [['done']] });
    const silences = (f: string, r?: string) =>
      presses({ button: 'alert.silence', value: JSON.stringify({ a: group, f, r }) });
    const silenced = await silences('4h');
    await silences('release', 'r1');
    const marks = ['trigger:1'];
    expect(acted).toEqual([
      { verb: 'acknowledge', alert: group, actor, marks },
      { verb: 'silence', alert: group, actor, forMs: 14_400_000, marks },
      { verb: 'silence', alert: group, actor, release: 'r1', marks },
    ]);
    // `submit` has counted its refusal.
    expect(silenced).toMatchObject({ code: 'nothing-to-do', submitted: true });
  });

  test('on the second verb of a button takes back what the first did, also on a message of an older version', async () => {
    await presses({ value: JSON.stringify({ a: group, f: 'back' }) });
    await presses({ button: 'alert.silence', value: JSON.stringify({ a: group, f: 'end' }) });
    await presses({ button: 'alert.close' });
    expect(acted).toMatchObject([{ verb: 'unacknowledge' }, { verb: 'unsilence' }, { verb: 'close' }]);
  });

  test('on a message that another has replaced is stale', async () => {
    await shows({ channel: 'C2', ts: '2.2' });
    expect(await presses({})).toMatchObject(stale);
    expect(elsewhere).toEqual([group]);
    expect(await presses({ message: { channel: 'C2', ts: '2.2' } })).not.toHaveProperty('code');
  });

  test('on such a message keeps the words of another refusal, without the link to the alert', async () => {
    await shows({ channel: 'C2', ts: '2.2' });
    identity = { url: 'https://acme.slack.com/', user: 'UBOT', team: 'T1' } as Identity;
    expect(JSON.stringify(await presses({}))).toContain('acme.slack.com');
    refusedElsewhere = { code: 'not-allowed', why: ['You may not.'], next: ['Ask Ann.'] };
    const reply = JSON.stringify(await presses({}));
    expect(reply).toContain('Ask Ann.');
  });

  test.each([
    ['of another group', { release: other }, other],
    ['of a release', { service: 'checkout' }, group],
    ['of a notice', { kind: 'notice' }, group],
  ] as const)('on a message %s is stale', async (_what, shown, about) => {
    await shows({ ts: '3.3', ...shown });
    await shows({ ts: '1.1' });
    expect(await presses({ message: { channel: 'C1', ts: '3.3' } })).toMatchObject(stale);
    expect(elsewhere).toEqual([about]);
    expect(acted).toEqual([]);
  });

  test.each([
    ['on a message that nobody knows', { message: { channel: 'C1', ts: '9.9' } }, group],
    ['on a message that only one person sees', { message: undefined }, group],
    ['with a value that names no group', { value: '{"a":"../x"}' }, group],
    ['without a value', { value: undefined, message: undefined }, ''],
    ['that silences for as long as somebody likes', { button: 'alert.silence' }, group],
  ])('%s is stale', async (_what, more, about) => {
    expect(await presses(more)).toMatchObject(stale);
    expect(elsewhere).toEqual([about]);
    expect(acted).toEqual([]);
  });
});
