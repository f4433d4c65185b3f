/** Answers to senders of alerts, and how they are counted and logged. */
import { makeSeldom } from '../net/seldom.ts';
import type { Log } from '../release/parts.ts';

/** One kind of answer: its status, text and log line. */
interface Kind {
  status: number;
  words: string;
  log?: string;
}

const kinds = {
  stored: { status: 202, words: 'stored' },
  'stored-in-part': {
    status: 202,
    words: 'stored in part',
    log: 'Some alerts of a delivery could not be read and were left out; the others are stored',
  },
  'nothing-to-store': { status: 202, words: 'nothing to store' },
  unreadable: { status: 400, words: 'cannot be read', log: 'An alert delivery cannot be read' },
  'not-authentic': {
    status: 401,
    words: 'not authentic',
    log: 'An alert delivery has a wrong or missing token or signature',
  },
  'no-such-source': {
    status: 404,
    words: 'no such source',
    log: 'An alert delivery is for a source that is not in the configuration',
  },
  'source-elsewhere': {
    status: 503,
    words: 'no such source here; another replica has it: try again',
    log: 'An alert delivery is for a source that only another replica’s configuration has; the sender must try again',
  },
  'wrong-method': { status: 405, words: 'POST or PUT' },
  'too-large': { status: 413, words: 'too large', log: 'An alert delivery is too large' },
  // 503, because Alertmanager tries again after it; 429 means to it that the alert is refused.
  busy: {
    status: 503,
    words: 'too many at once',
    log: 'Too many alert deliveries at once; the sender must try again',
  },
  'not-stored': {
    status: 503,
    words: 'not stored; try again',
    log: 'An alert delivery could not be stored; the sender must try again',
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** An answer to a sender. */
export interface DeliveryAnswer {
  kind: keyof typeof kinds;
  /** Replaces the usual text. */
  words?: string;
  headers?: Readonly<Record<string, string>>;
  /** Facts for the log, with the source. */
  facts?: object;
}

/** The status and text of an answer. */
export function responseOf({ kind, words }: DeliveryAnswer): { status: number; text: string } {
  return { status: kinds[kind].status, text: `${words ?? kinds[kind].words}\n` };
}

/** What `makeNote` needs. `mono`: a clock in ms. */
export interface NoteParts {
  observe: { delivery(source: string, answer: string): void };
  clock: { mono(): number };
  log: Log;
}

/**
 * Makes a function that counts each answer, and logs those that matter to a person: one line a minute for each source
 * and kind of answer, with the number left out since the last. `source` null: not in the configuration.
 */
export function makeNote({
  observe,
  clock,
  log,
}: NoteParts): (source: string | null, answer: DeliveryAnswer) => void {
  const seldom = makeSeldom(() => clock.mono());
  return (source, { kind, facts }) => {
    observe.delivery(source ?? 'none', kind);
    const { log: text }: Kind = kinds[kind];
    if (text === undefined) return;
    const may = seldom(`${kind} ${source ?? ''}`);
    if (may !== undefined) log.warn({ ...(source !== null && { source }), ...facts, ...may }, text);
  };
}
