/** Network codes, and ioredis' messages for a connection that ends or never opens: no server answered. */
const silence =
  /^(?:E(?:AI_)?[A-Z]{3,}|ERR_STREAM_\w+|Connection is closed|connect ETIMEDOUT|Socket closed|nobody to ask|no-owner)|\btime(?:d )?out\b|in time/;

/** Redis answers, and takes writes from no client. */
const closedToAll = /^(?:OOM|MISCONF|NOREPLICAS|LOADING|BUSY|CLUSTERDOWN|TRYAGAIN|no node of the cluster)\b/;

/**
 * Returns true when Redis, or something else at its address, answered and turned this process away or is not the one
 * to write to (a wrong password, a certificate, a replica, another port). Another process may then work with the
 * right one. `trouble`: as `OpenRedis.trouble()` returns it. False where no server answered, or none takes writes. An
 * unknown trouble counts as an answer.
 */
export function turnedAway(trouble: string | undefined): boolean {
  if (trouble === undefined) return false;
  return !silence.test(trouble) && !closedToAll.test(trouble);
}
