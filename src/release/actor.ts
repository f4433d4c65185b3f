/** The person or thing that acts. */
import { z } from 'zod';

/** The one who acts: a Slack user from a signed payload, a command-line user, or a rule of Switchback. */
export const actorSchema = z.union([
  z.object({
    kind: z.literal('slack'),
    user: z.string(),
    team: z.string(),
    /** The channel in which they acted, and the thread when it was a mention: the answer goes there. */
    channel: z.string().optional(),
    thread: z.string().optional(),
  }),
  /** `person`: the Slack user that belongs to this command-line user, according to the configuration. */
  z.object({ kind: z.literal('cli'), name: z.string(), person: z.string().optional() }),
  z.object({ kind: z.literal('system'), rule: z.string() }),
]);
/** One who acts; see `actorSchema`. */
export type Actor = z.infer<typeof actorSchema>;

/** Returns one name for an actor, equal only for the same actor: `U…`, `cli:…`, `system:…`. */
export function actorId(actor: Actor): string {
  switch (actor.kind) {
    case 'slack':
      return actor.user;
    case 'cli':
      return `cli:${actor.name}`;
    case 'system':
      return `system:${actor.rule}`;
    default:
      return actor satisfies never;
  }
}

/** Returns one name for the person behind an actor: the Slack user, if the configuration names one for a CLI user. */
export function personOf(actor: Actor): string {
  return actor.kind === 'cli' && actor.person !== undefined ? actor.person : actorId(actor);
}
