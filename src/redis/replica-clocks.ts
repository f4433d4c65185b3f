import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';
import type { RedisClient } from './client.ts';
import { askServer } from './discovery.ts';
import { pingScript } from './scripts/store.ts';
import { readClock } from './time-line.ts';
import { liveReplicas } from './warnings.ts';

/** The clock of a replica of Redis against its master's. */
export interface ReplicaClock {
  /** Host and port. */
  place: string;
  /** How far its clock is ahead, ms; undefined: this process could not ask it. */
  aheadMs: number | undefined;
}

/** Asks every live replica that the master names. Throws `Fault('storage-unavailable')` without the master's answer. */
export async function replicaClocks(
  link: RedisClient,
  address: RedisAddress,
  access: RedisAccess,
): Promise<ReplicaClock[]> {
  const replicas = liveReplicas(await link.info());
  const sentAt = performance.now();
  const { now, rest } = await link.run(pingScript, {});
  const master = now - Number(rest[0]) - (sentAt + performance.now()) / 2;
  // Use the server's login, not the sentinels'.
  const server: RedisAddress = { ...address, kind: 'single' };
  return Promise.all(
    replicas.map(async (place) => {
      const said = await askServer(place, server, access, readClock).catch(() => undefined);
      const aheadMs = said && Math.round(said.now - (said.sentAt + said.heardAt) / 2 - master);
      return { place: `${place.host}:${place.port}`, aheadMs };
    }),
  );
}
