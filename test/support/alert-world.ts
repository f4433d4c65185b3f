import { openMemory } from '../../src/memory/memory.ts';
import type { AlertGroup, Delivery, IncomingAlert } from '../../src/release/alerts/alert.ts';
import { takeDelivery } from '../../src/release/alerts/take.ts';
import { doDueAlertWork } from '../../src/release/alerts/due-work.ts';
import type { DueWorkParts } from '../../src/release/alerts/due-work.ts';
import type { PressParts } from './alert-verbs.ts';
import type { Configured } from '../../src/release/command.ts';
import { plain } from '../../src/release/line.ts';
import type { Adapters } from '../../src/release/ports.ts';
import type { Release, ServiceRecord } from '../../src/release/release.ts';
import { settingsSchema } from '../../src/release/settings.ts';
import { makeRenderer } from '../../src/slack/render.ts';
import { change, record } from '../store/record.ts';
import { virtualClock } from './virtual-clock.ts';

export const minute = 60_000;
export const ann = { kind: 'slack', user: 'U0ANN', team: 'T' } as const;

const settings = settingsSchema.parse({
  channel: 'C1',
  colors: { blue: { url: 'http://10.0.0.11' }, green: { url: 'http://10.0.0.12' } },
  router: { kind: 'http' },
  health: [{ kind: 'http' }],
  promotion: { bake: '10m' },
  alerts: { attribute: '30m', remind: '15m' },
});

/** An element of a block: of buttons and menus, what stands on them. */
interface Control {
  text?: { text: string };
  placeholder?: { text: string };
  action_id?: string;
  style?: string;
}

/** A parent as people see it. */
interface Seen {
  /** The texts of its sections and context, joined. */
  text: string;
  /** Its line on a lock screen. */
  lock: string;
  /** Action ids; those of one with a style have it behind them. */
  buttons: string[];
  /** What stands on them. */
  labels: string[];
}

/** One service, one group of alerts, kept in memory, without Slack. Time passes only when told to. */
export function alertWorld(id = 'a'.repeat(24)) {
  const clock = virtualClock();
  const memory = openMemory({ clock });
  const configured: Configured = { settings, raw: {}, digest: 'd', seal: 's' };
  /** Taken away: the service, or the source, is configured no more. */
  const away = { service: false, source: false };
  /** What other replicas have. */
  const elsewhere = { services: new Set<string>(), sources: new Set<string>() };
  const catalog = {
    names: () => ['checkout'],
    find: () => (away.service ? undefined : configured),
    stored: () => configured,
    vouchesFor: () => true,
    channelOf: () => 'C1',
  };
  const parts: PressParts & DueWorkParts = {
    alerts: memory.alerts,
    store: memory.store,
    catalog,
    people: { may: async () => 'yes', mentions: () => [{ group: 'S1' }] },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    defaultChannel: 'C9',
    elsewhere: () => elsewhere,
    look: () => {},
    confirmLater: () => {},
    accepted: () => {},
    clock,
    adapters: () => ({}) as Adapters,
    isSource: () => !away.source,
  };
  const { people } = parts;
  const drawing = makeRenderer({ ...memory, catalog, people });

  return {
    clock,
    memory,
    parts,
    away,
    elsewhere,

    /** An alert that begins now, unless `more` says otherwise. */
    alert: (more: Partial<IncomingAlert> = {}): IncomingAlert => ({
      fingerprint: 'f1',
      status: 'firing',
      severity: 'warning',
      title: 'Slow',
      summary: '',
      labels: {},
      since: clock.now(),
      links: [],
      ...more,
    }),

    deliver: (
      alerts: IncomingAlert[],
      group = id,
      said: Partial<Pick<Delivery, 'truncated' | 'unreadable'>> = {},
    ): Promise<void> =>
      takeDelivery(
        parts,
        { source: 'prom', group, alerts, truncated: 0, ...said },
        () => group,
        () => 'checkout',
      ),

    /** A release that was switched to now. */
    release: (more: Partial<Release> = {}): Release => ({
      id: 'r1',
      number: 7,
      version: 'v2',
      color: 'green',
      from: 'v1',
      status: 'baking',
      stagedBy: ann,
      stagedAt: clock.now(),
      promotedAt: clock.now(),
      steps: [],
      ...more,
    }),

    /** Saves the record: `checkout` with green live and blue as the way back. */
    async record(more: Partial<ServiceRecord>): Promise<void> {
      const expect = (await memory.store.load('checkout')).record?.revision ?? 0;
      const colors = {
        blue: { role: 'previous' as const, version: 'v1', since: 1 },
        green: { role: 'live' as const, version: 'v2', since: 1 },
      };
      const next = record('checkout', { live: 'green', epoch: 2, colors, ...more });
      const saved = await memory.store.save(change(next, expect));
      if (!saved.ok) throw new Error(saved.why);
    },

    /** Does what is due now, as a replica does; the groups that were due. */
    async tend(): Promise<string[]> {
      const { names } = await memory.agenda.take('replica', 99, 3_000);
      const due = names.filter((name) => name.startsWith('alert:')).map((name) => name.slice(6));
      for (const each of due) await doDueAlertWork(parts, each, new AbortController().signal);
      for (const name of names) await memory.agenda.done(name, 'replica');
      return due;
    },

    async group(of = id): Promise<AlertGroup> {
      const { group } = await memory.alerts.load(of);
      if (group === null) throw new Error(`no group ${of}`);
      return group;
    },

    /** The parent as it would be drawn now. */
    async card(of = id): Promise<Seen> {
      const drawn = await drawing.card({ service: '@alerts', release: of });
      if (drawn === null) throw new Error('nothing is drawn');
      const blocks = drawn.message.blocks as {
        type: string;
        text?: { text: string };
        elements?: Control[];
      }[];
      const actions = blocks
        .filter(({ type }) => type === 'actions')
        .flatMap(({ elements = [] }) => elements);
      const rest = blocks.filter(({ type }) => type !== 'actions');
      const texts = rest.flatMap(({ text, elements = [] }) => [
        text?.text,
        ...elements.map((each) => each.text),
      ]);
      return {
        lock: drawn.message.text,
        text: texts.filter((each) => typeof each === 'string').join('\n'),
        labels: actions.map(({ text, placeholder }) => (text ?? placeholder)?.text ?? ''),
        buttons: actions.map(({ action_id: name, style }) => [name, style].filter(Boolean).join(' ')),
      };
    },

    /** The groups and digests that wait to be drawn again; afterwards none does. */
    async drawn(): Promise<string[]> {
      const { draws } = await memory.outbox.pending('C1', 0);
      for (const mark of draws) await memory.outbox.drawn('C1', mark);
      return draws.map(({ service, release }) => `${service} ${release}`);
    },

    /** All that waits to be told, oldest first. */
    async said(): Promise<string[]> {
      const { notices } = await memory.outbox.pending('C1', 999);
      return notices.map(({ text, kind, calls }) => `${kind} ${plain(text)}${calls ? ' @S1' : ''}`);
    },
  };
}
