import type { Clock } from '../release/clock.ts';
import { slackPauseMs } from './slack-errors.ts';

/** Longest wait for one answer of Slack, in ms; callers with the same question share it. */
const askedMs = 1_500;
/** Shortest pause after a failed question, in ms: many presses must not become many calls. */
const leastPauseMs = 1_000;
/** Most answers that one process remembers. */
const most = 10_000;

/** Questions of one kind, by key. */
export interface Questions<V> {
  /** Asks Slack. Throws when there is no answer. */
  ask: (key: string) => Promise<V>;
  /** How long an answer is reused, ms. */
  believedMs: (answer: V) => number;
  /** The pause that Slack wants after a failed question, ms; at least a second. */
  pauseMs?: (cause: unknown) => number;
  clock: Clock;
}

/**
 * Makes a function that returns the answer when it is known within 1.5 s, with one call for each key at a time;
 * undefined: not known.
 */
export function makeQuestions<V extends object>({
  ask,
  believedMs,
  pauseMs = slackPauseMs,
  clock,
}: Questions<V>): (key: string) => Promise<V | undefined> {
  const known = new Map<string, { answer: V; until: number }>();
  const asking = new Map<string, { answer: Promise<V | undefined>; since: number }>();
  const leftAloneUntil = new Map<string, number>();

  async function tried(key: string): Promise<V | undefined> {
    try {
      const answer = await ask(key);
      remember(known, key, { answer, until: clock.mono() + believedMs(answer) });
      leftAloneUntil.delete(key);
      return answer;
    } catch (cause) {
      // The code that asks Slack logs the cause; here a failure means "not known".
      remember(leftAloneUntil, key, clock.mono() + Math.max(leastPauseMs, pauseMs(cause)));
      return undefined;
    } finally {
      asking.delete(key);
    }
  }

  return async (key) => {
    const before = known.get(key);
    if (before !== undefined && clock.mono() < before.until) return before.answer;
    let question = asking.get(key);
    if (question === undefined) {
      if (clock.mono() < (leftAloneUntil.get(key) ?? -Infinity)) return undefined;
      question = { answer: tried(key), since: clock.mono() };
      asking.set(key, question);
    }
    const leftMs = question.since + askedMs - clock.mono();
    let callOff = (): void => {};
    const late = new Promise<undefined>(
      (resolve) => (callOff = clock.after(Math.max(0, leftMs), () => resolve(undefined))),
    );
    const answer = await Promise.race([question.answer, late]);
    callOff();
    return answer;
  };
}

/** Stores a value as the newest, within the bound. */
function remember<V>(kept: Map<string, V>, key: string, value: V): void {
  kept.delete(key);
  for (const oldest of kept.keys()) {
    if (kept.size < most) break;
    kept.delete(oldest);
  }
  kept.set(key, value);
}
