import { Fault } from '../release/fault.ts';

/** The answers with which Redis says that it did not run the script. */
const notRun =
  /^(NOSCRIPT|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|CROSSSLOT|READONLY|LOADING|MASTERDOWN|NOREPLICAS|BUSY|OOM|MISCONF|NOAUTH|NOPERM|WRONGPASS)\b/;

/** The words with which Redis refuses writes. Inside a script, Redis 6 puts the position in front of them. */
const noWrites = /(?:^|@user_script: ?\d+: -?)(OOM|MISCONF|READONLY|NOREPLICAS|NOPERM)\b/;

/** The answers that deny this user a command, directly and inside scripts (6.2, 7.0, and newer). */
const denied =
  /^NOPERM\b|user executing the script can't (?:run|access)|ACL failure in script|has no permissions to (?:run|access)/;

/** The errors with which ioredis says that it did not send the command. */
const notSent = /^(Stream isn't writeable|Connection is closed\.)/;

/** Returns true when the server does not know the script (after a restart, a failover or `SCRIPT FLUSH`). */
export function isUnknownScript(error: unknown): boolean {
  return messageOf(error).startsWith('NOSCRIPT');
}

/** Returns true when another server must be asked: nothing ran here. */
export function isElsewhere(error: unknown): boolean {
  return /^(MOVED|ASK|READONLY)\b/.test(messageOf(error));
}

/**
 * Returns the fault for a failed command. The error is not kept as its cause: it carries the command's arguments, and
 * with them a password or a whole record.
 */
export function commandFault(error: unknown, writes: boolean): Fault {
  if (error instanceof Fault) return error;
  const message = messageOf(error);
  const word = noWrites.exec(message)?.[1] ?? (isDenied(error) ? 'NOPERM' : undefined);
  // A script that meets a denied command stops there, perhaps halfway; the other words come before its first write.
  const unclear =
    writes && !notRun.test(message) && !notSent.test(message) && (word ?? 'NOPERM') === 'NOPERM';
  if (word !== undefined)
    return new Fault('storage-unavailable', `Redis takes no writes (${word})`, { unclear, refuses: word });
  return new Fault('storage-unavailable', `Redis: ${message}`, { unclear });
}

/** Returns true when this user may not run a command, or may not use a key. */
export function isDenied(error: unknown): boolean {
  return denied.test(messageOf(error));
}

/**
 * Returns the command that this user may not run, in lower case: `keys` when the user may not use the keys, empty
 * when the answer names none. Undefined when the answer says something else.
 */
export function deniedCommand(error: unknown): string | undefined {
  const message = messageOf(error);
  if (!denied.test(message)) return undefined;
  if (/access/.test(message)) return 'keys';
  return /run the '([\w|]+)' command/.exec(message)?.[1]?.toLowerCase() ?? '';
}

/** Returns an error's message without the script that ioredis or Redis may have appended. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}

/** Returns why there is no connection: a network code (`ECONNREFUSED`), or Redis' word of refusal (`WRONGPASS`). */
export function connectTrouble(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError && error.errors.length > 0) return connectTrouble(error.errors[0]);
  const [word = ''] = messageOf(error).split(' ');
  return /^[A-Z]{3,20}$/.test(word) ? word : messageOf(error);
}
