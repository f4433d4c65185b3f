import type { Clock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import { line, plain } from '../release/line.ts';
import type { Log } from '../release/parts.ts';
import type { Store } from '../release/store.ts';
import { failureReply, unconfirmed } from './reply.ts';
import type { Reply } from './reply.ts';

/** Slack waits 3 s for an acknowledgement; by then something must have been said, ms after the receipt. */
const answerWithinMs = 2_600;
/** Marks are kept for ten minutes (SPEC 9): so long it can be found out what became of a command. */
const recallForMs = 600_000;
const recallEveryMs = 1_000;
/** A script of unknown outcome that has not run by then will not store anything any more. */
const recallAfterMs = 2_000;

/** One request of a person, from its receipt to its answer. */
export interface Turn {
  receivedAt: number;
  marks: readonly string[];
  /** Carries it out. May throw `Fault`. */
  run: () => Promise<Reply>;
  /** Answers in time, as the acknowledgement where Slack has one. */
  answer: (reply: Reply) => Promise<void>;
  /** Tells what could not be said in time. */
  later: (reply: Reply) => Promise<void>;
}

/** What taking turns needs. */
export interface TurnParts {
  clock: Clock;
  log: Log;
  store: Pick<Store, 'recall'>;
  /** Aborts at the end of the process. */
  signal: AbortSignal;
}

/** Takes a turn. Never throws, and never leaves Slack without an answer: what is not known in time is "not confirmed". */
export async function takeTurn(turn: Turn, parts: TurnParts): Promise<void> {
  const { clock, signal } = parts;
  const outcome: Promise<Outcome> = run(turn);
  const timer = new AbortController();
  const leftMs = Math.max(0, turn.receivedAt + answerWithinMs - clock.mono());
  const first = await Promise.race([outcome, clock.sleep(leftMs, timer.signal).then(() => undefined)]);
  timer.abort();
  await say(turn, first?.reply ?? unconfirmed(), parts);
  if (first !== undefined && first.unclear !== true) return;
  const followUp = async (): Promise<void> => {
    const settled = first ?? (await outcome);
    const told = settled.unclear === true ? await recalled(turn.marks, parts) : settled.reply;
    if (told !== undefined && !signal.aborted) await turn.later(told);
  };
  void followUp().catch((cause: unknown) =>
    parts.log.warn({ err: cause }, 'What became of a command could not be told'),
  );
}

interface Outcome {
  reply: Reply;
  /** It may have been carried out or not. */
  unclear?: boolean;
}

async function run(turn: Turn): Promise<Outcome> {
  try {
    return { reply: await turn.run() };
  } catch (cause) {
    return { reply: failureReply(cause), unclear: !(cause instanceof Fault) || cause.unclear };
  }
}

async function say(turn: Turn, reply: Reply, { log }: TurnParts): Promise<void> {
  try {
    await turn.answer(reply);
  } catch (cause) {
    // The connection that asked is gone (Socket Mode reconnects): the answer goes another way.
    log.warn({ err: cause }, 'An answer could not be given as the acknowledgement');
    await turn
      .later(reply)
      .catch((again: unknown) => log.warn({ err: again }, 'An answer could not be given'));
  }
}

/** Finds out by its marks what became of a command, as soon as the storage answers. */
async function recalled(
  marks: readonly string[],
  { store, clock, signal }: TurnParts,
): Promise<Reply | undefined> {
  const end = clock.mono() + recallForMs;
  await clock.sleep(recallAfterMs, signal);
  while (!signal.aborted && clock.mono() < end) {
    try {
      const outcome = await store.recall(marks);
      if (outcome === null) {
        return {
          lines: [
            line`Nothing was done: the command was lost before it was stored. Give it again if it is still wanted.`,
          ],
        };
      }
      const code = outcome.code;
      if (code === undefined || plain(outcome.text).startsWith(code)) return { lines: [outcome.text] };
      return { lines: [line`${{ code }}: ${outcome.text}`], code };
    } catch {
      await clock.sleep(recallEveryMs, signal);
    }
  }
  return undefined;
}
