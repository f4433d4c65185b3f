/** How long stores keep what; the same for every store. Milliseconds. */
export const limits = {
  /**
   * A service lease lives this long after it was taken or renewed: what a successor waits for when its holder is killed. A
   * write to the router and a renewal that is late by half a second must fit in it.
   */
  leaseMs: 1_700,
  /** No version of the bot takes a longer one. */
  longestLeaseMs: 3_000,
  /** Marks of requests: repeats within this time get the first answer. */
  markMs: 600_000,
  /** Equal refusals within this time of the first are one history entry. */
  refusalMs: 60_000,
  /** Somebody who was allowed a revert stays known that long while Slack cannot be asked. */
  allowedMs: 86_400_000,
  /** Which message shows what. */
  messageMs: 90 * 86_400_000,
  /** An alert group after its last change. */
  alertMs: 30 * 86_400_000,
  /** Alert groups of services that are known, and of others, so that those take no room from these. */
  alertGroups: { known: 10_000, other: 2_000 },
  /** One that never opened: it only remembers ends, for a shorter while than this. */
  unopenedMs: 300_000,
  /** A digest takes groups at most this long; the end of its storm ends it sooner. */
  digestMs: 3_600_000,
  /** History entries a service. */
  historyEntries: 5_000,
} as const;

/** A write to the router may take this long, ms, unless its router is given more, and this long at most. A lease covers both. */
export const writeMs = 1_000;
export const longestWriteMs = 2_000;

/** How long a due lease is held at a time by long work (a bake, hooks), ms: what a successor waits for. */
export const heldMs = 3_000;
