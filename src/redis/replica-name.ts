/**
 * The name that a replica of the bot gives its connection, visible in `CLIENT LIST`. It holds the digest of the
 * configuration, so replicas of different configurations can be distinguished without storing anything.
 */
export interface ReplicaName {
  prefix: string;
  /** The digest of the configuration; see `Config.digest`. */
  digest: string;
  pid: number;
}

/** Returns `switchback:<prefix>:<digest>:<pid>`. */
export function replicaName({ prefix, digest, pid }: ReplicaName): string {
  return `switchback:${prefix}:${digest}:${pid}`;
}

/** Reads such a name; undefined for any other connection. */
export function readReplicaName(name: string): ReplicaName | undefined {
  const [, prefix, digest, pid] = /^switchback:(\S+):([0-9a-f]{16}):(\d+)$/.exec(name) ?? [];
  if (prefix === undefined || digest === undefined) return undefined;
  return { prefix, digest, pid: Number(pid) };
}
