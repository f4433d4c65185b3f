import { drive } from '../release/drive.ts';
import { Fault } from '../release/fault.ts';
import { line } from '../release/line.ts';
import { underWay } from '../release/release.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { TakenLease } from '../release/session.ts';
import type { CliContext } from './context.ts';
import { printNote } from './print.ts';

/** How often the record of another process's operation is read, in ms. */
const lookMs = 300;
/** How long an unavailable storage is waited for, in ms: as long as a revert is tried. */
const awayMs = 120_000;

/** What one verb waits for. */
export interface Followed {
  service: string;
  /** The lease that came with the operation's save; undefined: another process has it. */
  taken: TakenLease | undefined;
  /** True while this record is still on the way to the result. */
  going: (record: ServiceRecord) => boolean;
  /** Called with each record that is read. */
  seen: (record: ServiceRecord) => void;
}

/**
 * Carries an operation on as any replica does, or watches the process that does, until it rests. Resolves to the record
 * at rest; undefined when `stopping` came first. Throws `Fault` when the storage stays unavailable.
 */
export async function waitUntilRest(
  { parts }: Pick<CliContext, 'parts'>,
  { service, taken, going, seen }: Followed,
  stopping: AbortSignal,
): Promise<ServiceRecord | undefined> {
  const attended = { taken };
  let awayAt: number | undefined;
  while (!stopping.aborted) {
    try {
      await drive(parts, service, stopping, attended);
      const { record } = await parts.store.load(service);
      if (record === null) throw new Fault('storage-unavailable', 'The record is gone.');
      awayAt = undefined;
      seen(record);
      if (!underWay(record) || !going(record)) return record;
    } catch (cause) {
      if (!(cause instanceof Fault) || cause.code !== 'storage-unavailable') throw cause;
      if (awayAt === undefined) printNote(line`  Redis is unavailable; this continues when Redis answers.`);
      awayAt ??= parts.clock.mono();
      if (parts.clock.mono() - awayAt > awayMs)
        throw new Fault(
          'storage-unavailable',
          'Redis became unavailable during the operation and did not come back. When it does, a running bot continues; without a bot, run retry.',
          { cause, unclear: true },
        );
    }
    await parts.clock.sleep(lookMs, stopping);
  }
  return undefined;
}
