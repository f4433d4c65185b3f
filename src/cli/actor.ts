import { userInfo } from 'node:os';
import type { Config } from '../config.ts';
import type { Actor } from '../release/actor.ts';

/** The user of this process as an actor, with the Slack user that the configuration names for it. */
export function cliActor({ people }: Pick<Config, 'people'>, name = systemUser()): Actor & { kind: 'cli' } {
  const person = Object.hasOwn(people, `cli:${name}`) ? people[`cli:${name}`] : undefined;
  return { kind: 'cli', name, ...(person !== undefined && { person }) };
}

/** The name of the system's user, limited to the characters of a `cli:` name; `uid-<n>` for a user without a name. */
function systemUser(): string {
  let name = '';
  try {
    name = userInfo().username;
  } catch {
    // A user id without an entry, as in containers.
  }
  const plain = name.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 64);
  return plain === '' ? `uid-${process.getuid?.() ?? 'unknown'}` : plain;
}
