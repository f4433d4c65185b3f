/**
 * Urgency of messages in a busy channel; lower goes before higher, equal ones alternate. Computed from the queue for
 * each message, and stored nowhere: a card's rank (does its service still bake?) changes while it waits.
 */
export const ranks = {
  /** The outcome of a revert. */
  revert: 0,
  /** Approvals, answers, and requests for a person about a release. */
  person: 1,
  /** Alerts of a service that bakes: the message with its Revert. */
  baking: 2,
  /** The first post of a release's card. */
  card: 3,
  /** Other alerts. */
  alert: 4,
  /** Progress, and the digest of a storm. */
  rest: 5,
  progress: 6,
} as const;

/** One of `ranks`. */
export type Rank = (typeof ranks)[keyof typeof ranks];
