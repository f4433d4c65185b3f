import type { Clock } from '../release/clock.ts';
import { retryAfterMs } from './slack-errors.ts';

/** Slack is waited for at most this long for one answer, ms: others who ask the same meanwhile share it. */
const askedMs = 1_500;
/** After a failed question, Slack is left alone with it for this long at least, ms: a pile of presses must not become a pile of calls. */
const leastPauseMs = 1_000;
/** Bound of what one process keeps in mind. */
const most = 10_000;

/** Questions of one kind, each by a key. */
export interface Questions<V> {
  /** Throws when there is no answer. */
  ask: (key: string) => Promise<V>;
  /** How long an answer is believed, ms. */
  believedMs: (answer: V) => number;
  /** How long Slack wants to be left alone after a failed question, ms; never less than a second. */
  pauseMs?: (cause: unknown) => number;
  clock: Clock;
}

/** The answer as far as it is known within 1.5 s of the question, one question for each key at a time; undefined: it is not. */
export function makeQuestions<V extends object>({
  ask,
  believedMs,
  pauseMs = retryAfterMs,
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
      // The code that asks Slack logs why; here it only means "not known".
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

/** Keeps a value as the newest, and no more than the bound. */
function remember<V>(kept: Map<string, V>, key: string, value: V): void {
  kept.delete(key);
  for (const oldest of kept.keys()) {
    if (kept.size < most) break;
    kept.delete(oldest);
  }
  kept.set(key, value);
}
