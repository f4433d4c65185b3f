/** Log lines that can be found by service, release, operation and step. */
import type { Log, Parts } from './parts.ts';
import { releaseOf } from './release.ts';
import type { Operation, ServiceRecord } from './release.ts';
import type { Session } from './session.ts';

/** A log that puts `fields` on each of its lines; those of a line itself come after them. */
export function logWith(log: Log, fields: object): Log {
  return {
    info: (facts, text) => log.info({ ...fields, ...facts }, text),
    warn: (facts, text) => log.warn({ ...fields, ...facts }, text),
    error: (facts, text) => log.error({ ...fields, ...facts }, text),
  };
}

/** The log of an operation: of the one under way, unless another is given. */
export function logOf(log: Log, record: ServiceRecord, op: Operation | null = record.op): Log {
  const { service } = record;
  if (op === null) return logWith(log, { service });
  const { id, kind, step } = op;
  const release = releaseOf(record, op.release)?.id;
  return logWith(log, { service, ...(release !== undefined && { release }), operation: id, kind, step });
}

/** An operation came to an end, or hangs: counted, and logged with how long it took since it was accepted. */
export function reportEnd(
  { parts, session }: { parts: Parts; session: Session },
  op: Operation,
  outcome: string,
): void {
  parts.observe.operation(op.kind, outcome);
  const ms = Math.round(session.now() - op.at);
  logOf(parts.log, session.loaded().record, op).info({ outcome, ms }, 'The operation ended');
}
