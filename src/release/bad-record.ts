/** Records that this version cannot read: of a newer version, or damaged. They are left as they are. */
import { Fault } from './fault.ts';
import { refuse } from './gates.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import type { Refusal } from './refusals.ts';

/** True for what is thrown where a record cannot be read. */
export function isBadRecord(cause: unknown): cause is Fault {
  return cause instanceof Fault && cause.code === 'bad-record';
}

/** What a person can do about the record of `service`. */
export function wayOut(service: string): Refusal['next'] {
  return line`Run the version of Switchback that wrote it, or one that is newer. If traffic must go back now, use the command line: ${{ code: `switchback revert ${service} --break-glass <reason>` }}. docs/recovery.md says how to begin a new record.`;
}

/** The refusal of everything that needs the record. `why`: what is wrong with it. */
export function unreadable(service: string, why: string): Refusal {
  return refuse(
    'storage-unavailable',
    line`${why} It is left as it is, and nothing was done.`,
    wayOut(service),
    line`What is live is not known from the record; the router goes on as it is.`,
  );
}

/** Logs that the record cannot be read; once, until it can be read again or is wrong in another way. */
export function logUnreadable(
  { remembered, log }: Pick<Parts, 'remembered' | 'log'>,
  service: string,
  why: string,
): void {
  if (remembered.unreadable.get(service) === why) return;
  remembered.unreadable.set(service, why);
  log.error({ service, why }, 'A record cannot be read; it is left as it is, and its router is not asked');
}

/** The file does not name the service, and the settings that its record keeps cannot be used; nothing was done. */
export function unusable(service: string, why: string): Refusal {
  return refuse(
    'unknown-service',
    line`${{ code: service }} is no longer configured, and the settings that its record keeps cannot be used (${why}); nothing was done.`,
    line`Put it back into the file, and restart the bot.`,
  );
}
