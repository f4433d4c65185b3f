/** Who acts. */
import { z } from 'zod';

/** Somebody or something that acts: a Slack user of a signed payload, the command line, or a rule of Switchback. */
export const actorSchema = z.union([
  z.object({
    kind: z.literal('slack'),
    user: z.string(),
    team: z.string(),
    /** Where they acted, and in which thread when it was a mention: there they are answered. */
    channel: z.string().optional(),
    thread: z.string().optional(),
  }),
  /** `person`: the Slack user that the configuration says this is. */
  z.object({ kind: z.literal('cli'), name: z.string(), person: z.string().optional() }),
  z.object({ kind: z.literal('system'), rule: z.string() }),
]);
export type Actor = z.infer<typeof actorSchema>;

/** One name for an actor, equal exactly when it is the same actor: `U…`, `cli:…`, `system:…`. */
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

/** One name for the person behind an actor: that of Slack, where the configuration says who a command-line user is. */
export function personOf(actor: Actor): string {
  return actor.kind === 'cli' && actor.person !== undefined ? actor.person : actorId(actor);
}
