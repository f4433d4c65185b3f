/** Checks Redis, and the other replicas on it. */
import type { Config } from '../config.ts';
import { readRedisUrl } from '../redis/address.ts';
import { Fault } from '../release/fault.ts';
import type { OpenRedis } from '../redis/open.ts';
import { readReplicaName } from '../redis/replica-name.ts';
import { slewMs } from '../redis/scripts/time-line.ts';
import { offWords } from '../redis/time-line.ts';
import { shownAddress } from '../redis/trouble.ts';
import { formatDuration } from '../release/duration.ts';
import { skewOf, synchronise } from './clock.ts';
import { fine, skipped, warned, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

/** Checks Redis. `now`: this machine's time, ms since 1970. */
export async function* examineStorage(
  config: Config,
  redis: OpenRedis,
  now: () => number,
): AsyncGenerator<Finding> {
  let facts: Awaited<ReturnType<OpenRedis['facts']>>;
  try {
    facts = await redis.facts();
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    const { found, fix } = redis.explain(cause);
    yield wrong('Redis', `${found} (${shownAddress(readRedisUrl(config.redis.url ?? ''))})`, fix);
    for (const name of ['Redis settings', 'clock against Redis', 'replicas'])
      yield skipped(name, 'Redis cannot be asked');
    return;
  }
  yield fine('Redis', `takes writes, version ${facts.version ?? 'not known'}`);
  for (const { name, found, fix, hint } of facts.problems) yield (hint ? warned : wrong)(name, found, fix);
  if (facts.problems.every(({ name }) => name.startsWith('Redis min-')))
    yield fine('Redis settings', 'version, append-only file and eviction are good');
  yield skewOf(
    'clock against Redis',
    now(),
    facts.clock,
    'the bot uses the time of Redis, so shown times may look early or late',
  );
  yield* clocks(redis, facts.shift);
  yield replicas(config, facts.clients);
}

/** Compares the clocks of Redis' hosts: a failover may bring another clock. */
async function* clocks(redis: OpenRedis, shift: number): AsyncGenerator<Finding> {
  const off = offWords(-shift);
  if (off !== undefined)
    yield warned(
      'clock of Redis',
      `this host of Redis has a clock that is ${off} the one before; Switchback keeps the old time, and moves ${formatDuration(slewMs * 3_600)} closer each hour`,
      synchronise,
    );
  for (const { place, aheadMs } of await redis.replicaClocks().catch(() => [])) {
    const name = `clock of Redis replica ${place}`;
    const apart = aheadMs === undefined ? undefined : offWords(aheadMs);
    if (aheadMs === undefined) yield skipped(name, 'it cannot be asked from here');
    else if (apart === undefined) yield fine(name, 'as its master’s');
    else
      yield warned(
        name,
        `${apart} its master’s; if it becomes the master, Switchback keeps the old time, and shown times may look early or late`,
        synchronise,
      );
  }
}

/** Compares configurations: every replica has the digest of its own in the name of its connection. */
function replicas({ digest, redis: { prefix } }: Config, clients: readonly string[] | undefined): Finding {
  const name = 'replicas';
  if (clients === undefined) return skipped(name, 'this user of Redis may not run CLIENT LIST');
  const running = clients
    .flatMap((client) => readReplicaName(client) ?? [])
    .filter((each) => each.prefix === prefix);
  const digests = new Set(running.map((each) => each.digest));
  if (running.length === 0) return fine(name, 'none is running now');
  if (digests.size > 1)
    return wrong(
      name,
      `${running.length} run now, with ${digests.size} different configurations`,
      'give all replicas the same file, and restart those with an older one',
    );
  if (!digests.has(digest))
    return wrong(
      name,
      `${running.length} run now, with another configuration than this one`,
      'restart them with this file, or run doctor with theirs (SWITCHBACK_CONFIG)',
    );
  return fine(name, `${running.length} run now, all with this configuration`);
}
