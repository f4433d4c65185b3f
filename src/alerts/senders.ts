/** Watches the sources of alerts: notes their behavior for `doctor`, and announces problems in the default channel. */
import type { Clock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Log } from '../release/parts.ts';
import type { SenderNotes } from '../release/sender-notes.ts';
import type { Outbox } from '../release/store.ts';
import type { DeliveryAnswer } from './responses.ts';
import { makeNotebook } from './notebook.ts';
import { refusalOf } from './refusal.ts';
import { heardEveryMs, watchSilence } from './silence.ts';
import { short } from './source.ts';
import type { AlertSource } from './sources/index.ts';

/** What it needs. `channel`: the default one; `look`: called when something is to be sent. */
export interface AlertSenderParts {
  sources: Readonly<Record<string, AlertSource>>;
  notes: SenderNotes;
  outbox: Pick<Outbox, 'post'>;
  clock: Pick<Clock, 'mono' | 'sleep'>;
  log: Log;
  channel: string;
  look: () => void;
}

/** Kinds of unknown content in a source's alerts. */
export type Oddity = 'severity' | 'service' | 'time';

/** Takes reports from the alerts route. Its functions neither delay a sender nor throw. */
export interface Senders {
  /** A request was answered; `path`: as it was parsed. */
  answered(source: string | null, answer: DeliveryAnswer, path: string): void;
  /** Somebody sent a test alert. */
  tested(source: string): void;
  /** Alerts had unknown severity words or service names; for unreadable times, `words` holds an empty text. */
  odd(source: string, what: Oddity, words: ReadonlySet<string>): void;
  /** Announces silent sources, until `stopping` aborts. */
  watch(stopping: AbortSignal): Promise<void>;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Most different words of one kind that one source may add in one process, and their longest length. */
const mostWords = { count: 50, length: 60 };
/** Answers that only the real sender of a source gets: they prove that it is alive. */
const proven: ReadonlySet<DeliveryAnswer['kind']> = new Set([
  'stored',
  'stored-in-part',
  'nothing-to-store',
  'unreadable',
  'too-large',
  'not-stored',
]);
const testOnceMs = 10 * minuteMs;
/** The service name of these notices, which belong to none. */
const noService = '@sources';
const kindNames = { alertmanager: 'Alertmanager', grafana: 'Grafana', generic: 'its sender' } as const;

/** Makes the watch over senders. */
export function makeSenders(parts: AlertSenderParts): Senders {
  const { sources, clock } = parts;
  const note = makeNotebook(parts);
  const words = new Map<string, Set<string>>();
  const tried = new Map<string, number>();
  /** Announces a text once in `ms` over all replicas, and asks the storage at most once a minute. */
  const tell = (key: string, ms: number, text: Line): void => {
    const last = tried.get(key);
    if (last !== undefined && clock.mono() - last < minuteMs) return;
    tried.set(key, clock.mono());
    post(parts, key, ms, text).catch((cause: unknown) => {
      tried.delete(key);
      if (!(cause instanceof Fault))
        parts.log.error({ err: cause }, 'Could not post a notice about an alert source');
    });
  };
  return {
    answered(source, answer, path) {
      if (source !== null && proven.has(answer.kind))
        note({ kind: 'heard', source, of: '', facts: {} }, heardEveryMs(sources[source]));
      const refused = refusalOf(source, source === null ? undefined : sources[source], answer, path);
      if (refused === undefined) return;
      const { cause, what, text } = refused;
      note({ kind: 'refused', source: source ?? '', of: cause, facts: { what } }, minuteMs);
      // All unknown paths share one notice: anybody can invent new ones.
      tell(`refused:${source ?? ''}:${cause}`, hourMs, text);
    },
    tested(source) {
      const kind = sources[source]?.kind ?? 'generic';
      tell(
        `tested:${source}`,
        testOnceMs,
        line`✅ Test received from ${kindNames[kind]}: this source works (${source}).`,
      );
    },
    odd(source, what, all) {
      const key = `${what} ${source}`;
      const known = words.get(key) ?? new Set();
      words.set(key, known);
      for (const word of all) {
        const of = short(word, mostWords.length);
        if (!known.has(of) && known.size >= mostWords.count) continue;
        known.add(of);
        note({ kind: what, source, of, facts: {} }, 10 * minuteMs);
      }
    },
    watch: (stopping) => watchSilence({ ...parts, post: (...given) => post(parts, ...given) }, stopping),
  };
}

async function post(
  { outbox, channel, look }: AlertSenderParts,
  key: string,
  ms: number,
  text: Line,
): Promise<void> {
  const notice = {
    id: crypto.randomUUID(),
    service: noService,
    release: null,
    kind: 'broadcast' as const,
    text,
    channel,
  };
  await outbox.post([notice], { key, ms });
  look();
}
