/**
 * What a replica calls its connection, seen in `CLIENT LIST`: with the digest of its configuration, so that replicas of
 * different configurations can be told apart without storing anything.
 */
export interface ReplicaName {
  prefix: string;
  /** Of the configuration; see `Config.digest`. */
  digest: string;
  pid: number;
}

/** `switchback:<prefix>:<digest>:<pid>`. */
export function replicaName({ prefix, digest, pid }: ReplicaName): string {
  return `switchback:${prefix}:${digest}:${pid}`;
}

/** Reads it; undefined for the connection of anything else. */
export function readReplicaName(name: string): ReplicaName | undefined {
  const [, prefix, digest, pid] = /^switchback:(\S+):([0-9a-f]{16}):(\d+)$/.exec(name) ?? [];
  if (prefix === undefined || digest === undefined) return undefined;
  return { prefix, digest, pid: Number(pid) };
}
