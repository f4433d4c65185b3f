import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Message, Workspace } from '../../packages/slack-double/src/index.ts';
import { alertCards } from '../../src/release/alerts/port.ts';
import { emptyGroup } from '../../src/release/alerts/merge.ts';
import { systemClock } from '../../src/release/clock.ts';
import type { Catalog } from '../../src/release/command.ts';
import { Fault } from '../../src/release/fault.ts';
import { line } from '../../src/release/line.ts';
import type { Log } from '../../src/release/parts.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import type { Change, Notice, Outbox } from '../../src/release/store.ts';
import { makeSender } from '../../src/slack/outbox-sender.ts';
import { makeClient } from '../../src/slack/client.ts';
import { makeLog } from '../../src/log.ts';
import { until } from '../support/until.ts';
import { recordIn, releaseWith } from './cards/record.ts';

const releases = 'C0RELEASES';
const attic = 'C0ATTIC';

let slack: Workspace;
let memory: ReturnType<typeof openMemory>;
/** How far storage and sender are ahead: moves them past a pause. */
let skewMs: number;
let stopping: AbortController;
let running: Promise<void>[];
/** Warnings and errors that were logged. */
let errors: string[];

beforeEach(async () => {
  skewMs = 0;
  memory = openMemory({ clock: { ...systemClock, now: () => Date.now() + skewMs } });
  stopping = new AbortController();
  running = [];
  errors = [];
  slack = await openWorkspace({ postRate: { perMinute: 6_000, burst: 100 } });
});

afterEach(async () => {
  stopping.abort();
  await Promise.all(running);
  await slack.close();
});

const catalog: Pick<Catalog, 'stored' | 'find'> = {
  find: () => undefined,
  stored(record) {
    const read = settingsSchema.safeParse(record.settings);
    if (!read.success) throw new Fault('bad-settings', 'The stored settings cannot be read.');
    return { settings: read.data, raw: record.settings, digest: '', seal: '' };
  },
};

/** One replica's sender, driven as the core drives it; `alter` puts something before its outbox. */
function startReplica(name = 'one', alter: (outbox: Outbox) => Outbox = (outbox) => outbox): void {
  const note = (_: object, text: string): void => void errors.push(text);
  const log: Log = { info: () => {}, warn: note, error: note };
  const env = slack.env('http');
  const client = makeClient({
    token: env['SLACK_BOT_TOKEN'] ?? '',
    apiUrl: env['SLACK_API_URL'] ?? '',
    log: makeLog({ level: 'silent' }),
    observe: { slackCall: () => {} },
  });
  const { agenda, store } = memory;
  const parts = {
    agenda,
    store,
    catalog,
    people: { mentions: () => [{ group: 'S0OPS' }] },
    clock: { ...systemClock, mono: () => systemClock.mono() + skewMs },
    log,
    client,
    outbox: alter(memory.outbox),
    defaultChannel: releases,
    alerts: memory.alerts,
    evidence: memory.evidence,
  };
  const send = makeSender(parts);
  const { signal } = stopping;
  running.push(
    (async () => {
      const tasks: Promise<void>[] = [];
      while (!signal.aborted) {
        const due = await agenda.take(name, 64, 10_000);
        for (const each of due.names) tasks.push(send(each, name, signal));
        await systemClock.sleep(10, signal);
      }
      await Promise.all(tasks);
    })(),
  );
}

let count = 0;
function noticeWith(
  change: Partial<Notice> & { channel?: string } = {},
): Omit<Notice, 'at'> & { channel: string } {
  count += 1;
  const about = { release: 'r-17', epoch: 4 };
  return {
    id: `n${count}`,
    service: 'checkout',
    release: 'r-17',
    kind: 'event',
    text: line`said ${count}`,
    channel: releases,
    about,
    ...change,
  };
}

/** Saves a record of checkout as the core would: with its draw mark and notices. */
async function save(
  record: ServiceRecord,
  notices: (Omit<Notice, 'at'> & { channel: string })[] = [],
  channel = releases,
): Promise<void> {
  const loaded = await memory.store.load(record.service);
  const answer = await memory.store.save({
    ...change(record, loaded.record?.revision ?? 0, channel),
    notices,
  });
  if (!answer.ok) throw new Error(answer.why);
}

const room = () => slack.channel('#releases');
const cards = (): Message[] =>
  room()
    .messages()
    .filter((message) => message.text.includes('#17'));
const empty = () => until('the outbox is empty', async () => (await memory.outbox.depth()) === 0);

/** Waits for the one card, and for the outbox to be empty. */
async function theCard(): Promise<Message> {
  await empty();
  const [card, ...more] = cards();
  if (!card) throw new Error(slack.transcript('#releases'));
  expect(more).toEqual([]);
  return card;
}

/** Deletes a message of the bot. */
async function removed(message: Message): Promise<void> {
  const { SLACK_API_URL: api, SLACK_BOT_TOKEN: token } = slack.env('http');
  const gone = await fetch(`${api}chat.delete`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: releases, ts: message.ts }),
  });
  expect(await gone.json()).toMatchObject({ ok: true });
}

/** The save of a record with its newest card's draw mark. */
function change(record: ServiceRecord, expected: number, channel = releases): Change {
  return {
    service: record.service,
    expect: expected,
    record,
    history: [],
    notices: [],
    draw: record.releases.slice(0, 1).map((release) => ({ channel, release: release.id })),
    due: { service: null, bake: null },
  };
}

const repliesOf = (card: Message): string[] =>
  room()
    .thread(card.ts)
    .map((message) => message.text);

describe('the sender', () => {
  test('posts a card, remembers it, and edits the same message afterwards', async () => {
    startReplica();
    await save(recordIn('staged'));
    const card = await theCard();
    expect(card.text).toBe('🚦 checkout v1.42.0 is ready on 🟢 green (#17 staged)');
    expect(await memory.outbox.card('checkout', 'r-17')).toMatchObject({
      ts: card.ts,
      kind: 'card',
      epoch: 4,
    });
    await save(recordIn('promoting'));
    const edited = await theCard();
    expect(edited).toMatchObject({
      ts: card.ts,
      text: expect.stringMatching(/^⏳ checkout: .*\(#17 promoting\)$/),
    });
    expect(edited.edited).toBeUndefined();
    expect(slack.violations).toEqual([]);
  });

  test('takes the buttons off a notice, and says why, when what it asks for has ended', async () => {
    startReplica();
    const drift = { saw: 'green', at: 0 };
    const ask = { id: 'asked', kind: 'drift' as const, subject: 'green' };
    const notice = noticeWith({ id: 'asked', text: ['it drifts'], buttons: 'drift', asks: 'drift' });
    await save(recordIn('staged', { drift, asks: [ask] }), [notice]);
    const card = await theCard();
    const shown = () => slack.look(room().thread(card.ts)[0] ?? card);
    expect(shown().buttons.map(({ actionId }) => actionId)).toEqual(['release.retry', 'release.adopt']);
    const ended = { ...ask, ended: ['Done: ', { user: 'U0BOB' }, ' put it back.'] };
    const mended = recordIn('staged', { asks: [ended], revision: 10 });
    const { revision } = (await memory.store.load('checkout')).record ?? { revision: 0 };
    const draw = [{ channel: releases, release: 'asked', service: '@notices' }];
    await memory.store.save({ ...change(mended, revision), draw });
    await empty();
    expect(shown().buttons).toEqual([]);
    expect(shown().text).toMatch(/it drifts\n✅ Done: @bob put it back\./);
    expect(room().thread(card.ts)).toHaveLength(1);
  });

  test('sends a notice without buttons when what it asks for ended before', async () => {
    const ended = ['It expired.'];
    await save(recordIn('staged', { asks: [{ id: 'asked', kind: 'drift', ended }] }), [
      noticeWith({ id: 'asked', text: ['it drifts'], buttons: 'drift', asks: 'drift' }),
    ]);
    await memory.outbox.redraw(releases, '@notices', 'asked');
    startReplica();
    const card = await theCard();
    expect(repliesOf(card)).toEqual(['it drifts\n▫️ It expired.']);
    expect(slack.look(room().thread(card.ts)[0] ?? card).buttons).toEqual([]);
  });

  test('does not post a notice again that was deleted before what it asks for ended', async () => {
    startReplica();
    const notice = noticeWith({ id: 'asked', text: ['it drifts'], buttons: 'drift', asks: 'drift' });
    await save(recordIn('staged', { asks: [{ id: 'asked', kind: 'drift' }] }), [notice]);
    const card = await theCard();
    const [reply] = room().thread(card.ts);
    if (!reply) throw new Error('no reply');
    await removed(reply);
    await memory.outbox.redraw(releases, '@notices', 'asked');
    await empty();
    expect(repliesOf(card)).toEqual([]);
  });

  test('sends notices in order, in the thread of a card that is posted before them', async () => {
    await save(recordIn('staged'), [
      noticeWith({ text: ['one'] }),
      noticeWith({ text: ['two'] }),
      noticeWith({ text: ['three'] }),
    ]);
    startReplica();
    expect(repliesOf(await theCard())).toEqual(['one', 'two', 'three']);
    for (const { args } of slack.calls('chat.postMessage')) {
      const { unfurl_links: unfurl, link_names: names, parse } = args;
      expect([`${unfurl as string}`, `${names as string}`, parse]).toEqual(['false', 'false', 'none']);
    }
  });

  test('shows a broadcast in the channel too, and notifies whom it mentions', async () => {
    await save(recordIn('stuck'), [
      noticeWith({ kind: 'broadcast', text: line`${{ group: 'S0LEADS' }} look`, buttons: 'stuck' }),
    ]);
    startReplica();
    const card = await theCard();
    const [told] = room().thread(card.ts);
    expect(told?.broadcast).toBe(true);
    expect(slack.notifications('cleo')).toHaveLength(1);
    expect(await memory.outbox.findMessage(releases, told?.ts ?? '')).toMatchObject({
      kind: 'notice',
      buttons: 'stuck',
      release: 'r-17',
      epoch: 4,
    });
  });

  test('merges progress lines of one release that wait together', async () => {
    const progress = (text: string) => noticeWith({ kind: 'progress', text: [text] });
    await save(recordIn('promoting'), [
      progress('one'),
      progress('two'),
      noticeWith({ text: ['event'] }),
      progress('three'),
    ]);
    startReplica();
    expect(repliesOf(await theCard())).toEqual(['one\ntwo', 'event', 'three']);
  });

  test('names all services adopted at one start in one message', async () => {
    startReplica();
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await memory.outbox.post([
        noticeWith({ kind: 'adopted', release: null, text: [`${name}: blue v1`], service: name }),
      ]);
    await empty();
    expect(room().messages()).toHaveLength(1);
    for (const name of ['a', 'e']) expect(room().messages()[0]?.text).toContain(`${name}: blue v1`);
  });

  test('posts a private notice as an ephemeral message, and sends a direct message where it cannot', async () => {
    const force = { kind: 'private', to: 'U0ANN', buttons: 'force' } as const;
    await memory.outbox.post([noticeWith({ ...force, text: ['unhealthy: here'] })]);
    await memory.outbox.post([noticeWith({ ...force, text: ['unhealthy: there'], channel: 'C0GENERAL' })]);
    startReplica();
    await empty();
    expect(
      room()
        .ephemerals({ id: 'U0ANN' })
        .map((message) => message.text),
    ).toEqual(['unhealthy: here']);
    expect(room().messages()).toEqual([]);
    const [direct] = slack.dm('ann').messages();
    expect(direct?.text).toBe('unhealthy: there');
    expect(await memory.outbox.findMessage(slack.dm('ann').id, direct?.ts ?? '')).toMatchObject({
      kind: 'notice',
      buttons: 'force',
    });
  });

  test('lets a broadcast pass the notices of other services', async () => {
    const others = Array.from({ length: 20 }, (_, i) =>
      noticeWith({ service: `s${i}`, release: null, text: [`other ${i}`] }),
    );
    await memory.outbox.post(others);
    await save(recordIn('stuck'), [noticeWith({ kind: 'broadcast', text: ['urgent'] })]);
    startReplica();
    await slack.until(() =>
      room()
        .messages()
        .some((message) => message.text === 'urgent'),
    );
    expect(room().messages().length).toBeLessThanOrEqual(3);
  });
});

describe('in a storm of alerts', () => {
  const fires = (id: string, service: string, lines: number) =>
    memory.alerts.save({
      group: {
        ...emptyGroup({ id, source: 'prom', group: id, service, channel: releases }),
        status: 'firing',
        titles: [id],
      },
      expect: 0,
      opens: true,
      urgent: true,
      notices: Array.from({ length: lines }, (_, i) =>
        noticeWith({ service: alertCards, release: id, kind: 'event', text: [`${id} ${i}`] }),
      ),
      draw: true,
      due: null,
    });

  test('the outcome of a revert is posted before hundreds of lines about alerts, and its card is edited first', async () => {
    await slack.close();
    slack = await openWorkspace({ postRate: { perMinute: 60, burst: 4 } });
    startReplica();
    await save(recordIn('baking'));
    await theCard();
    const groups = Array.from({ length: 20 }, (_, i) => `alert-${i}`);
    for (const id of groups) await fires(id, id, 30);
    await until('the storm is on its way', () => room().find('firing'));
    await save(recordIn('idle', { epoch: 5, live: 'blue' }), [
      noticeWith({ kind: 'broadcast', text: ['bob reverted checkout'], of: 'revert' }),
    ]);
    const before = slack.calls('chat.postMessage').length;
    await slack.until(() => room().find('bob reverted checkout'));
    expect(slack.calls('chat.postMessage').length - before).toBeLessThanOrEqual(2);
    await slack.until(() => cards()[0]?.text.includes('is live on'));
    expect(slack.violations).toEqual([]);
  });

  test('the first alert of a service that bakes is posted before what others have to say', async () => {
    await slack.close();
    slack = await openWorkspace({ postRate: { perMinute: 60, burst: 4 } });
    startReplica();
    for (let i = 0; i < 10; i += 1) await fires(`alert-${i}`, `service-${i}`, 10);
    await until('the storm is on its way', () => room().find('firing'));
    await save(recordIn('baking'));
    await fires('alert-bad', 'checkout', 1);
    const before = slack.calls('chat.postMessage').length;
    await slack.until(() => room().find('alert-bad'));
    expect(slack.calls('chat.postMessage').length - before).toBeLessThanOrEqual(2);
  });
});

describe('when Slack limits or is unavailable', () => {
  test('only the newest state of a card is drawn once a limit is over', async () => {
    startReplica();
    await save(recordIn('staged'));
    await theCard();
    const before = slack.calls('chat.update').filter((call) => call.answer['ok'] === true).length;
    slack.levers.rateLimit(2_000);
    await save(recordIn('promoting'));
    await save(recordIn('baking'));
    await save(recordIn('idle'), [noticeWith({ text: ['settled'] })]);
    const card = await theCard();
    expect(card.text).toContain('is live on');
    expect(slack.calls('chat.update').filter((call) => call.answer['ok'] === true).length - before).toBe(1);
    expect(repliesOf(card)).toEqual(['settled']);
    const refused = slack.calls().filter((call) => call.answer['error'] === 'ratelimited');
    expect(refused.length).toBeLessThanOrEqual(4);
  });

  test.each(['http-503', 'reset', 'internal_error'] as const)(
    'everything is sent after an outage (%s), once and in order',
    async (failure) => {
      startReplica();
      slack.levers.down(failure);
      await save(recordIn('staged'), [noticeWith({ text: ['one'] })]);
      await save(recordIn('promoting'), [noticeWith({ text: ['two'] })]);
      const tries = () => errors.filter((text) => /did not accept|whether Slack accepted/.test(text)).length;
      await until('Slack was tried', () => tries() > 0);
      skewMs += 5_000;
      await until('Slack was tried again', () => tries() > 1);
      expect(await memory.outbox.depth()).toBe(3);
      slack.levers.up();
      skewMs += 20_000;
      const card = await theCard();
      expect(card.text).toContain('(#17 promoting)');
      expect(repliesOf(card)).toEqual(['one', 'two']);
    },
  );

  test('a token that Slack denies loses nothing', async () => {
    slack.levers.revokeToken();
    startReplica();
    await save(recordIn('staged'), [noticeWith({ text: ['one'] })]);
    await until('the denial is logged', () => errors.some((text) => text.includes('refuses the token')));
    expect(await memory.outbox.depth()).toBe(2);
    slack.levers.restoreToken();
    skewMs += 15_000;
    expect(repliesOf(await theCard())).toEqual(['one']);
  });

  test('a long queue keeps to the pace of its channel, is never refused for it, and delays no other channel', async () => {
    await slack.close();
    slack = await openWorkspace({ postRate: { perMinute: 60, burst: 4 } });
    startReplica();
    const words = Array.from({ length: 7 }, (_, i) => `n${i}`);
    await save(
      recordIn('staged'),
      words.map((each) => noticeWith({ text: [each] })),
    );
    await until('the channel has spent its burst', () => slack.calls('chat.postMessage').length >= 3);
    await memory.outbox.post([noticeWith({ text: ['elsewhere'], release: null, channel: 'C0CHECKOUT' })]);
    await slack.until(() => slack.channel('#checkout').find('elsewhere'), { withinMs: 1_000 });
    expect(await memory.outbox.depth()).toBeGreaterThan(2);
    expect(repliesOf(await theCard())).toEqual(words);
    expect(slack.calls().filter((call) => call.answer['ok'] !== true)).toEqual([]);
  });

  test('many changing cards keep to the edits that Slack allows', async () => {
    startReplica();
    const services = Array.from({ length: 30 }, (_, i) => `service-${i}`);
    for (const service of services) await memory.store.save(change(recordIn('staged', { service }), 0));
    const posted = () => slack.calls('chat.postMessage').length;
    await until('the first cards are posted', () => posted() >= 3);
    for (let revision = 1; revision <= 5; revision += 1)
      for (const service of services) {
        const state = revision === 5 ? 'stuck' : 'promoting';
        await memory.store.save(change(recordIn(state, { service, revision }), revision));
      }
    await until('some cards are in their newest state', () => room().find('service-1: promotion of'));
    expect(slack.calls('chat.update').length).toBeLessThanOrEqual(25);
    expect(slack.calls().filter((call) => call.answer['ok'] !== true)).toEqual([]);
  });
});

describe('when a message cannot stand where it should', () => {
  test('a card that was deleted is posted again, with what follows in its thread', async () => {
    startReplica();
    await save(recordIn('staged'));
    const first = await theCard();
    await removed(first);
    await save(recordIn('promoting'), [noticeWith({ text: ['on it'] })]);
    const second = await theCard();
    expect(second.ts).not.toBe(first.ts);
    await slack.until(() => slack.transcript('#releases').includes('on it'));
  });

  test('a notice whose thread is gone is said in the channel, and the card comes back', async () => {
    startReplica();
    await save(recordIn('staged'));
    const first = await theCard();
    await removed(first);
    await memory.outbox.post([noticeWith({ text: ['on it'] })]);
    await slack.until(() => room().find('on it'));
    expect((await theCard()).ts).not.toBe(first.ts);
  });

  test('an archived channel gives way to the default channel', async () => {
    startReplica();
    const words = ['one', 'two', 'three', 'four', 'five'];
    await save(
      recordIn('staged'),
      words.map((each) => noticeWith({ text: [each], channel: attic })),
      attic,
    );
    const card = await theCard();
    expect(repliesOf(card)).toEqual(words);
  });

  test('a channel archived after the card was posted gives way too', async () => {
    startReplica();
    await save(recordIn('staged'), [], 'C0CHECKOUT');
    await until('the card is posted', () => memory.outbox.card('checkout', 'r-17'));
    await empty();
    slack.world.channel('#checkout').isArchived = true;
    await save(
      recordIn('stuck'),
      [noticeWith({ kind: 'broadcast', text: ['look'], channel: 'C0CHECKOUT' })],
      'C0CHECKOUT',
    );
    const card = await theCard();
    expect(card.text).toContain('is stuck');
    await slack.until(() => slack.transcript('#releases').includes('look'));
  });

  test('when the default channel is closed too, the person gets a direct message', async () => {
    slack.world.channel('#releases').isArchived = true;
    startReplica();
    await save(recordIn('stuck'), [noticeWith({ kind: 'broadcast', text: ['look'], to: 'U0ANN' })]);
    expect(await slack.until(() => slack.dm('ann').find('look'))).toMatchObject({ text: 'look' });
    await until('only the card waits', async () => (await memory.outbox.depth()) === 1);
  });

  test('a default channel that is closed delays no other notice, and gets the rest when it opens', async () => {
    slack.world.channel('#releases').isArchived = true;
    startReplica();
    await save(recordIn('stuck'), [
      noticeWith({ text: ['for all'] }),
      noticeWith({ kind: 'broadcast', text: ['for gus, who left'], to: 'U0GUS' }),
      noticeWith({ kind: 'broadcast', text: ['for ann'], to: 'U0ANN' }),
      noticeWith({ kind: 'private', text: ['for bob alone'], to: 'U0BOB' }),
    ]);
    await slack.until(() => slack.dm('ann').find('for ann') && slack.dm('bob').find('for bob alone'));
    await until('the rest waits', async () => (await memory.outbox.depth()) === 3);
    slack.world.channel('#releases').isArchived = false;
    skewMs += 15_000;
    expect(repliesOf(await theCard())).toEqual(['for all', 'for gus, who left']);
  });

  test('content that Slack refuses is sent as its text alone, and blocks nobody', async () => {
    const hooked = noticeWith({
      text: ['odd'],
      buttons: 'lock',
      about: { release: 'r-17'.repeat(600), epoch: 1 },
    });
    startReplica();
    await save(recordIn('staged'), [hooked, noticeWith({ text: ['next'] })]);
    expect(repliesOf(await theCard())).toEqual(['🔒 odd', 'next']);
  });

  test('a record whose settings cannot be read is drawn without links', async () => {
    startReplica();
    await save(recordIn('staged', { settings: { colors: 1 } }));
    expect((await theCard()).text).toContain('is ready on');
    expect(errors).toEqual([]);
  });
});

describe('when processes end or meet', () => {
  test('a process killed after a post and before it is noted loses nothing', async () => {
    await save(recordIn('staged'), [noticeWith({ text: ['one'] }), noticeWith({ text: ['two'] })]);
    let dead = false;
    startReplica('killed', (outbox) => ({
      ...outbox,
      sent: async () => {
        dead = true;
        await new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
      },
    }));
    await until('the first is killed', () => dead);
    await memory.agenda.done(`channel:${releases}`, 'killed');
    startReplica('second');
    const replies = repliesOf(await theCard());
    expect(replies).toEqual(['one', 'one', 'two']);
  });

  test('two replicas never send to one channel at once, and nothing is sent twice', async () => {
    let within = 0;
    let most = 0;
    const counted = (outbox: Outbox): Outbox => ({
      ...outbox,
      async pending(...args) {
        within += 1;
        most = Math.max(most, within);
        const answer = await outbox.pending(...args);
        await systemClock.sleep(5);
        within -= 1;
        return answer;
      },
    });
    startReplica('one', counted);
    startReplica('two', counted);
    await save(
      recordIn('staged'),
      Array.from({ length: 4 }, (_, i) => noticeWith({ text: [`n${i}`] })),
    );
    expect(repliesOf(await theCard())).toEqual(['n0', 'n1', 'n2', 'n3']);
    expect(most).toBe(1);
  });

  test('stopping ends soon and leaves the rest to others', async () => {
    await save(
      recordIn('staged'),
      Array.from({ length: 30 }, (_, i) => noticeWith({ text: [`n${i}`] })),
    );
    startReplica();
    await until('the card is posted', () => memory.outbox.card('checkout', 'r-17'));
    const before = performance.now();
    stopping.abort();
    await Promise.all(running);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(await memory.outbox.depth()).toBeGreaterThan(20);
    expect((await memory.agenda.take('other', 10, 1_000)).names).toContain(`channel:${releases}`);
  });

  test('releases that are gone from the record leave no mark behind', async () => {
    startReplica();
    await save(recordIn('staged', { releases: [releaseWith({ id: 'r-18', number: 18 })] }));
    await memory.outbox.redraw(releases, 'checkout', 'r-16');
    await empty();
    expect(room().messages()).toHaveLength(1);
  });
});
