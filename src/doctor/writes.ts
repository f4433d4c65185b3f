import type { Adapters } from '../release/ports.ts';
import type { ServiceRecord } from '../release/release.ts';
import { fine, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

/**
 * Names the hooks that stop writes, which a check must not call. An error where the newest `off` is not answered.
 * Nothing where there are none.
 */
export function examineWrites(
  service: string,
  { writesHooks }: Pick<Adapters, 'writesHooks'>,
  record: Pick<ServiceRecord, 'writesOff'> | null,
): Finding[] {
  if (writesHooks === undefined) return [];
  const { on, off } = writesHooks;
  const name = `${service} cutover.writes`;
  const { cause } = record?.writesOff ?? {};
  if (cause !== undefined)
    return [wrong(name, `writes may be stopped: ${cause}`, `have ${off.name} answer with 2xx`)];
  return [fine(name, `stopped by ${on.name}, let go on by ${off.name}; not called here`)];
}
