/** How sentences name people. */
import type { Actor } from './actor.ts';
import type { Line } from './line.ts';

/** Returns how a line names an actor: a Slack user is mentioned, also the one that belongs to a command-line user. */
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

/** Returns how a line names several actors. */
export function mentionAll(actors: readonly Actor[]): Line {
  return actors.flatMap((actor, i) => (i === 0 ? mention(actor) : [', ', ...mention(actor)]));
}

/** Returns the Slack user id of an actor, if one is known; bots and workflows cannot receive messages. */
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

/** Returns the mention of the person who promoted the newest release, to end a sentence with; empty: of nobody. */
export function forOwner({ releases }: { releases: readonly { promotedBy?: Actor | undefined }[] }): Line {
  const owner = releases[0]?.promotedBy;
  return owner && userOf(owner) !== undefined ? [' ', ...mention(owner)] : [];
}
