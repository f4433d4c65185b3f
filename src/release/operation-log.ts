/** Log lines that can be searched by service, release, operation and step. */
import type { Log, Parts } from './parts.ts';
import { releaseOf } from './release.ts';
import type { Operation, ServiceRecord } from './release.ts';

/** Returns a log that adds `fields` to each line; the line's own fields come after them. */
export function logWith(log: Log, fields: object): Log {
  return {
    info: (facts, text) => log.info({ ...fields, ...facts }, text),
    warn: (facts, text) => log.warn({ ...fields, ...facts }, text),
    error: (facts, text) => log.error({ ...fields, ...facts }, text),
  };
}

/** Returns the log of an operation: the one under way, unless another is given. */
export function logOf(log: Log, record: ServiceRecord, op: Operation | null = record.op): Log {
  const { service } = record;
  if (op === null) return logWith(log, { service });
  const { id, kind, step } = op;
  const release = releaseOf(record, op.release)?.id;
  return logWith(log, { service, ...(release !== undefined && { release }), operation: id, kind, step });
}

/** Counts and logs that an operation ended or is stuck, with its duration since it was accepted. */
export function reportEnd(
  { parts, session }: { parts: Parts; session: { now(): number; loaded(): { record: ServiceRecord } } },
  op: Operation,
  outcome: string,
): void {
  parts.observe.operation(op.kind, outcome);
  const ms = Math.round(session.now() - op.at);
  logOf(parts.log, session.loaded().record, op).info({ outcome, ms }, 'The operation ended');
}
