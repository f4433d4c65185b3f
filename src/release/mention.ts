/** How people are named in sentences. */
import type { Actor } from './actor.ts';
import type { Line } from './line.ts';

/** How a line names an actor; a Slack user is mentioned, and who a command-line user is in Slack. */
export function mention(actor: Actor): Line {
  switch (actor.kind) {
    case 'slack':
      return [{ user: actor.user }];
    case 'cli':
      return actor.person === undefined
        ? [`cli:${actor.name}`]
        : [`cli:${actor.name} (`, { user: actor.person }, ')'];
    case 'system':
      return ['Switchback'];
    default:
      return actor satisfies never;
  }
}

/** How a line names several actors. */
export function mentionAll(actors: readonly Actor[]): Line {
  return actors.flatMap((actor, i) => (i === 0 ? mention(actor) : [', ', ...mention(actor)]));
}

/** The Slack user id of an actor, when it is one or is known to be one; bots and workflows cannot be told anything. */
export function userOf(actor: Actor): string | undefined {
  switch (actor.kind) {
    case 'slack':
      return /^(?:B|Wf)[A-Z0-9]/.test(actor.user) ? undefined : actor.user;
    case 'cli':
      return actor.person;
    case 'system':
      return undefined;
    default:
      return actor satisfies never;
  }
}
