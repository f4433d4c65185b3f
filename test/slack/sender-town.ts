/** One replica's sender over a pretend Slack, with a clock that a test moves on. */
import { makeLog } from '../../src/log.ts';
import { openMemory } from '../../src/memory/memory.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { systemClock } from '../../src/release/clock.ts';
import type { Catalog } from '../../src/release/command.ts';
import { Fault } from '../../src/release/fault.ts';
import { line } from '../../src/release/line.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import type { Notice, Outbox } from '../../src/release/store.ts';
import { makeSender } from '../../src/slack/outbox-sender.ts';
import { makeClient } from '../../src/slack/client.ts';
import type { Timeouts } from '../../src/slack/client.ts';
import { until } from '../support/until.ts';

export const releases = 'C0RELEASES';
export const checkoutRoom = 'C0CHECKOUT';

const catalog: Pick<Catalog, 'stored' | 'find'> = {
  find: () => undefined,
  stored(record) {
    const read = settingsSchema.safeParse(record.settings);
    if (!read.success) throw new Fault('bad-settings', 'The stored settings cannot be read.');
    return { settings: read.data, raw: record.settings, digest: '', seal: '' };
  },
};

let count = 0;
/** A notice of checkout #17 for the default channel, unless said otherwise. */
export function noticeWith(
  change: Partial<Notice> & { channel?: string } = {},
): Omit<Notice, 'at'> & { channel: string } {
  count += 1;
  const about = { release: 'r-17', epoch: 4 };
  const base = { id: `n${count}`, service: 'checkout', release: 'r-17', kind: 'event' as const };
  return { ...base, text: line`said ${count}`, channel: releases, about, ...change };
}

/** Opens it. `timeouts`: how long Slack is waited for. */
export async function openSender({ timeouts }: { timeouts?: Timeouts } = {}) {
  let skewMs = 0;
  const clock = { ...systemClock, mono: () => systemClock.mono() + skewMs };
  const memory = openMemory();
  const slack = await openWorkspace({ postRate: { perMinute: 6_000, burst: 100 } });
  const stopping = new AbortController();
  const logged: { text: string; facts: object }[] = [];
  const note = (facts: object, text: string): void => void logged.push({ facts, text });
  const env = slack.env('http');
  const client = makeClient({
    token: env['SLACK_BOT_TOKEN'] ?? '',
    apiUrl: env['SLACK_API_URL'] ?? '',
    log: makeLog({ level: 'silent' }),
    observe: { slackCall: () => {} },
    ...(timeouts && { timeouts }),
  });
  const log = { info: () => {}, warn: note, error: note };
  let looks = 0;
  const outbox: Outbox = {
    ...memory.outbox,
    pending: (...asked) => ((looks += 1), memory.outbox.pending(...asked)),
  };
  const send = makeSender({
    ...memory,
    outbox,
    catalog,
    people: { mentions: () => [{ group: 'S0OPS' }] },
    clock,
    log,
    client,
    defaultChannel: releases,
  });
  const running = (async () => {
    const tasks: Promise<void>[] = [];
    while (!stopping.signal.aborted) {
      const due = await memory.agenda.take('one', 64, 10_000);
      for (const each of due.names) tasks.push(send(each, 'one', stopping.signal));
      await systemClock.sleep(10, stopping.signal);
    }
    await Promise.all(tasks);
  })();
  const room = (channel = '#releases') => slack.channel(channel);

  return {
    slack,
    memory,
    logged,
    room,
    /** Moves the sender's clock. */
    passes: (ms: number): void => void (skewMs += ms),
    /** Waits until the sender has looked twice more at what waits. */
    async looked(): Promise<void> {
      const before = looks;
      await until('the sender looked', () => looks >= before + 2);
    },
    /** Cards of release 17 of any service. */
    cards: (channel?: string): Message[] =>
      room(channel)
        .messages()
        .filter(({ text }) => text.includes('#17')),
    posts: (): number => slack.calls('chat.postMessage').length,
    /** Saves a record as the core would: with its newest card's draw mark and notices. */
    async save(
      record: ServiceRecord,
      notices: (Omit<Notice, 'at'> & { channel: string })[] = [],
      channel = releases,
    ): Promise<void> {
      const loaded = await memory.store.load(record.service);
      const answer = await memory.store.save({
        service: record.service,
        expect: loaded.record?.revision ?? 0,
        record,
        history: [],
        notices,
        draw: record.releases.slice(0, 1).map(({ id }) => ({ channel, release: id })),
        due: { service: null, bake: null },
      });
      if (!answer.ok) throw new Error(answer.why);
    },
    empty: () => until('the outbox is empty', async () => (await memory.outbox.depth()) === 0),
    logs: (text: string): number => logged.filter((each) => each.text.includes(text)).length,
    async close(): Promise<void> {
      stopping.abort();
      await running;
      await slack.close();
    },
  };
}

export type SenderTown = Awaited<ReturnType<typeof openSender>>;
