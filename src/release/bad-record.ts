/** Records that this version cannot read (damaged, or newer); they stay as they are. See docs/design.md#the-record. */
import { Fault } from './fault.ts';
import { refuse } from './gates.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import type { Refusal } from './refusals.ts';

/** Returns true for the fault of a record that cannot be read. */
export function isBadRecord(cause: unknown): cause is Fault {
  return cause instanceof Fault && cause.code === 'bad-record';
}

/** Returns what a person can do about the record of `service`. */
export function wayOut(service: string): Refusal['next'] {
  return line`Run the version of Switchback that wrote it, or one that is newer. If traffic must go back now, use the command line: ${{ code: `switchback revert ${service} --break-glass <reason>` }}. docs/recovery.md shows how to start a new record.`;
}

/** Returns the refusal of everything that needs the record. `why`: what is wrong with it. */
export function unreadable(service: string, why: string): Refusal {
  return refuse(
    'storage-unavailable',
    line`${why} It is left unchanged, and nothing was done.`,
    wayOut(service),
    line`The record does not show what is live. The router is not changed.`,
  );
}

/** Logs that the record cannot be read: once, until it can be read again or the cause changes. */
export function logUnreadable(
  { remembered, log }: Pick<Parts, 'remembered' | 'log'>,
  service: string,
  why: string,
): void {
  if (remembered.unreadable.get(service) === why) return;
  remembered.unreadable.set(service, why);
  log.error({ service, why }, 'A record cannot be read; it is left unchanged, and its router is not asked');
}

/** Returns the refusal for a service that has left the file, and whose stored settings cannot be used. */
export function unusable(service: string, why: string): Refusal {
  return refuse(
    'unknown-service',
    line`${{ code: service }} is no longer configured, and the settings that its record keeps cannot be used (${why}); nothing was done.`,
    line`Put it back into the file, and restart the bot.`,
  );
}
