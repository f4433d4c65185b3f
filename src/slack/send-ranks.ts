/**
 * What a busy channel is told first; lower goes before higher, equal ones take turns. Derived from what waits whenever
 * the next message is chosen, and stored nowhere: what is true of a card (does its service bake still?) changes while it
 * waits.
 */
export const ranks = {
  /** What became of a revert. */
  revert: 0,
  /** Approvals, answers, and what a release needs a person for. */
  person: 1,
  /** Alerts of a service that bakes: the message with its Revert. */
  baking: 2,
  /** The first post of a release's card. */
  card: 3,
  /** Other alerts. */
  alert: 4,
  /** What happened, and the digest of a storm. */
  rest: 5,
  progress: 6,
} as const;

/** One of `ranks`. */
export type Rank = (typeof ranks)[keyof typeof ranks];
