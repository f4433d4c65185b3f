import type { Actor } from '../release/actor.ts';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import type { ListenerContext } from './listener-context.ts';
import type { ObserveSlack } from './client.ts';
import { failureReply, slowRead, unconfirmed } from './reply.ts';
import type { Reply } from './reply.ts';
import { ifAllowed } from './workspace-check.ts';
import type { Wanted } from './workspace-check.ts';

/** Longest wait for an outcome, in ms after the receipt. Slack waits 3 s for an acknowledgement. */
const answerWithinMs = 2_600;

/** One request of one person, as a listener read it. */
export interface PersonRequest {
  kind: Parameters<ObserveSlack['acknowledged']>[0];
  actor: Actor;
  wanted: Wanted;
  /** When it came, ms of the monotonic clock. */
  receivedAt: number;
  /** The verb of a read, for an answer that takes longer; undefined: the request may change something. */
  reads?: string | undefined;
  /** Carries it out. May throw `Fault`. */
  run: () => Promise<Reply>;
  /** Acknowledges it to Slack. `shows`: Slack shows the reply that comes with it. */
  ack: { shows: boolean; send: (reply: Reply) => Promise<unknown> };
  /** Answers in a message. `late`: the acknowledgement had to go first. */
  tell: (reply: Reply, late: boolean) => Promise<void>;
}

/**
 * Handles one request: within Slack's deadline, for people who are allowed, and counts what came of it. Commands,
 * presses, submitted forms and mentions all go this way; their listeners only read. Never throws.
 */
export function handle(request: PersonRequest, listener: ListenerContext): Promise<void> {
  const { kind, actor, wanted, receivedAt, reads, run, ack, tell } = request;
  return answerInTime(
    {
      receivedAt,
      reads,
      run: () => counted(ifAllowed(listener, actor, wanted, run), listener),
      async answer(reply) {
        await ack.send(reply);
        acknowledged(kind, receivedAt, listener);
        // Not awaited: Slack gets its acknowledgement when the outcome is known, not when the answer is posted.
        if (!ack.shows) void tell(reply, false);
      },
      later: (reply) => tell(reply, true),
    },
    listener,
  );
}

/** One request of a person, from its receipt to its answer. */
export interface Exchange {
  /** When the request came, ms of the monotonic clock. */
  receivedAt: number;
  /** The verb of a read; undefined: the request may change something. */
  reads?: string | undefined;
  /** Carries the request out. May throw `Fault`. */
  run: () => Promise<Reply>;
  /** Answers in time, as the acknowledgement where Slack has one. */
  answer: (reply: Reply) => Promise<void>;
  /** Sends the outcome that came too late for `answer`. */
  later: (reply: Reply) => Promise<void>;
}

/** What `answerInTime` needs. */
export interface ExchangeParts {
  clock: Clock;
  log: Log;
  /** Aborts at the end of the process. */
  signal: AbortSignal;
}

/**
 * Runs a request and answers within Slack's deadline. Never throws, and always answers: an outcome that is not known in
 * time is "not confirmed", and is sent when it is known. (If the outcome of a save stays unknown, its submitter reports
 * it.)
 */
export async function answerInTime(turn: Exchange, { clock, log, signal }: ExchangeParts): Promise<void> {
  const outcome = outcomeOf(turn);
  const leftMs = Math.max(0, turn.receivedAt + answerWithinMs - clock.mono());
  let callOff = (): void => {};
  const late = new Promise<undefined>((resolve) => (callOff = clock.after(leftMs, () => resolve(undefined))));
  const first = await Promise.race([outcome, late]);
  callOff();
  const tell = async (reply: Reply): Promise<void> => {
    try {
      await turn.later(reply);
    } catch (cause) {
      log.warn({ err: cause }, 'An answer could not be given');
    }
  };
  const now = first ?? (turn.reads === undefined ? unconfirmed() : slowRead(turn.reads));
  try {
    await turn.answer(now);
  } catch (cause) {
    // The connection that asked is gone (Socket Mode reconnects): the answer goes another way.
    log.warn({ err: cause }, 'An answer could not be given as the acknowledgement');
    await tell(now);
  }
  if (first !== undefined) return;
  void outcome.then((reply) => (signal.aborted || reply.toldLater === true ? undefined : tell(reply)));
}

async function outcomeOf(turn: Exchange): Promise<Reply> {
  try {
    return await turn.run();
  } catch (cause) {
    return failureReply(cause);
  }
}

/** Counts a refusal that was given before `submit`, which counts its own. */
async function counted(running: Promise<Reply>, { observe }: ListenerContext): Promise<Reply> {
  const reply = await running;
  if (reply.code !== undefined && reply.submitted !== true) observe.refusal(reply.code);
  return reply;
}

/** Reports the duration of an acknowledgement. */
export function acknowledged(
  kind: PersonRequest['kind'],
  receivedAt: number,
  { observe, clock }: ListenerContext,
): void {
  observe.acknowledged(kind, clock.mono() - receivedAt);
}
