/** How long stores keep things; the same for every store. In ms. */
export const limits = {
  /**
   * How long a service lease lives after it was taken or renewed: a successor waits this long when the holder is
   * killed. A write to the router and a renewal that is late by half a second must fit in it.
   * See docs/design.md#the-lease.
   */
  leaseMs: 1_700,
  /** No version of the bot takes a longer lease. */
  longestLeaseMs: 3_000,
  /** Marks of requests: a repeat within this time gets the first answer. */
  markMs: 600_000,
  /** Equal refusals within this time of the first are one history entry. */
  refusalMs: 60_000,
  /** A person who was allowed a revert stays allowed for this long while Slack cannot be asked. */
  allowedMs: 86_400_000,
  /** The message of a card or notice. */
  messageMs: 90 * 86_400_000,
  /** An alert group, after its last change. */
  alertMs: 30 * 86_400_000,
  /**
   * How many alert groups are kept: of known services, and of others, so that the second take no room from the first.
   */
  alertGroups: { known: 10_000, other: 2_000 },
  /** A group that never opened: it only remembers ends, for less time than this. */
  unopenedMs: 300_000,
  /** How long a digest takes groups at most; the end of the storm ends it sooner. */
  digestMs: 3_600_000,
  /** How many history entries are kept for a service. See docs/design.md#everything-is-written-down. */
  historyEntries: 5_000,
} as const;

/** How long a write to the router may take, unless its settings allow more, ms. A lease covers it. */
export const writeMs = 1_000;
/** The longest that the settings may allow for such a write, ms. A lease covers it too. */
export const longestWriteMs = 2_000;

/** How long long work (a bake, hooks) holds a due lease at a time, ms: a successor waits this long. */
export const heldMs = 3_000;
