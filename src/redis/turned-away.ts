/** Codes of the network, and what ioredis says of a connection that ends or never comes: nobody answered. */
const silence =
  /^(?:E(?:AI_)?[A-Z]{3,}|ERR_STREAM_\w+|Connection is closed|connect ETIMEDOUT|Socket closed|nobody to ask|no-owner)|\btime(?:d )?out\b|in time/;

/** Redis answers, and takes no writes from anybody. */
const closedToAll = /^(?:OOM|MISCONF|NOREPLICAS|LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|no node of the cluster)\b/;

/**
 * True when Redis, or what stands at its address, answered and turned this process away, or is not the one to write to (a
 * wrong password, a certificate, a replica, another port): others may be at work on the one that is. `trouble`: as
 * `OpenRedis.trouble()` says. False where nobody answered, or nobody can write. What is not known counts as an answer.
 */
export function turnedAway(trouble: string | undefined): boolean {
  if (trouble === undefined) return false;
  return !silence.test(trouble) && !closedToAll.test(trouble);
}
