import type { Actor } from '../release/actor.ts';
import type { ListenerContext } from './listener-context.ts';
import { answerInTime } from './ack-deadline.ts';
import type { ObserveSlack } from './client.ts';
import type { Reply } from './reply.ts';
import { ifAllowed } from './workspace-check.ts';
import type { Intent } from './workspace-check.ts';

/** One request of one person, as a listener read it. */
export interface Incoming {
  kind: Parameters<ObserveSlack['acknowledged']>[0];
  actor: Actor;
  intent: Intent;
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
export function handle(request: Incoming, listener: ListenerContext): Promise<void> {
  const { kind, actor, intent, receivedAt, reads, run, ack, tell } = request;
  return answerInTime(
    {
      receivedAt,
      reads,
      run: () => counted(ifAllowed(listener, actor, intent, run), listener),
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

/** Counts a refusal that was given before `submit`, which counts its own. */
async function counted(running: Promise<Reply>, { observe }: ListenerContext): Promise<Reply> {
  const reply = await running;
  if (reply.code !== undefined && reply.submitted !== true) observe.refusal(reply.code);
  return reply;
}

/** Reports the duration of an acknowledgement. */
export function acknowledged(
  kind: Incoming['kind'],
  receivedAt: number,
  { observe, clock }: ListenerContext,
): void {
  observe.acknowledged(kind, clock.mono() - receivedAt);
}
