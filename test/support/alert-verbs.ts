/** Commands about alerts, as buttons and people give them: each goes through `submit`. */
import type { Silence } from '../../src/release/alerts/alert.ts';
import { alertCards } from '../../src/release/alerts/port.ts';
import type { AlertParts } from '../../src/release/alerts/take.ts';
import type { Actor } from '../../src/release/actor.ts';
import type { Clock } from '../../src/release/clock.ts';
import type { Answer, SubmittedCommand } from '../../src/release/command.ts';
import type { Parts } from '../../src/release/parts.ts';
import type { Wake } from '../../src/release/save-decision.ts';
import { makeSubmit } from '../../src/release/submit.ts';
import type { AlertCommand } from '../../src/release/verbs/index.ts';

/** What such commands need in addition to taking deliveries. */
export interface PressParts extends AlertParts {
  confirmLater(sent: SubmittedCommand): void;
  accepted(sent: SubmittedCommand, since: number): void;
  clock: Pick<Clock, 'mono'>;
  /** The codes of refusals, as metrics count them. */
  observe?: Pick<Parts['observe'], 'refusal'>;
}

type Asked = AlertCommand extends infer C
  ? C extends AlertCommand
    ? Omit<C, 'service' | 'actor' | 'marks'>
    : never
  : never;

/** Submits one. */
export function ask(
  parts: PressParts,
  asked: Asked,
  actor: Actor,
  marks: readonly string[] = [],
): Promise<Answer> {
  const wake: Wake = {
    drive: () => {},
    nudge: () => {},
    look: (channel) => parts.look(channel),
    confirmLater: (sent) => parts.confirmLater(sent),
    accepted: () => {},
    acceptedElsewhere: (sent, since) => parts.accepted(sent, since),
  };
  const { observe = { refusal: () => {} } } = parts;
  const submit = makeSubmit({ ...parts, observe } as unknown as Parts, wake);
  return submit({ ...asked, service: alertCards, actor, marks } as AlertCommand);
}

type Simple = (parts: PressParts, id: string, actor: Actor, marks?: readonly string[]) => Promise<Answer>;

const press = (button: string, release: string) => ({ release, epoch: 0, button });
const pressing =
  (verb: 'acknowledge' | 'unacknowledge' | 'unsilence' | 'close'): Simple =>
  (parts, alert, actor, marks) =>
    ask(parts, { verb, alert, press: press(verb, alert) }, actor, marks);

export const acknowledge = pressing('acknowledge');
export const unacknowledge = pressing('unacknowledge');
export const unsilence = pressing('unsilence');
export const close = pressing('close');

const lengths = { '30m': 1_800_000, '1h': 3_600_000, '4h': 14_400_000 } as const;

/** Chooses from the menu of silences; `of`: the release for which that was offered. */
export function silence(
  parts: PressParts,
  alert: string,
  actor: Actor,
  { choice, of = '' }: { choice: Silence; of?: string | undefined },
  marks: readonly string[] = [],
): Promise<Answer> {
  const until = choice === 'release' ? { release: of } : { forMs: lengths[choice] };
  return ask(parts, { verb: 'silence', alert, ...until, press: press('alert.silence', alert) }, actor, marks);
}

/** Presses a button on a message that does not show the group now. */
export function pressElsewhere(
  parts: PressParts,
  verb: 'acknowledge' | 'silence' | 'close',
  alert: string,
  actor: Actor,
): Promise<Answer> {
  return ask(parts, { verb, alert, press: { ...press(verb, alert), elsewhere: true } }, actor);
}
