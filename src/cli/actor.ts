import { userInfo } from 'node:os';
import type { Config } from '../config.ts';
import type { Actor } from '../release/actor.ts';

/** The user of this process as an actor, with the Slack user that the configuration says this is. */
export function cliActor({ people }: Pick<Config, 'people'>, name = systemUser()): Actor & { kind: 'cli' } {
  const person = Object.hasOwn(people, `cli:${name}`) ? people[`cli:${name}`] : undefined;
  return { kind: 'cli', name, ...(person !== undefined && { person }) };
}

/** Name of the system's user, with the characters that the name of a `cli:` has; `uid-<n>` for one without a name. */
function systemUser(): string {
  let name = '';
  try {
    name = userInfo().username;
  } catch {
    // A user id without an entry, as containers have.
  }
  const plain = name.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(0, 64);
  return plain === '' ? `uid-${process.getuid?.() ?? 'unknown'}` : plain;
}
