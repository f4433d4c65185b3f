/**
 * How Slack fails: `reset` drops the connection unanswered; `lost-answer` carries the call out and then drops the
 * connection, `no-answer` carries it out and leaves the caller waiting; the others answer without carrying anything
 * out.
 */
export type Failure = 'reset' | 'lost-answer' | 'no-answer' | 'http-503' | 'internal_error';

/** An answer that is not Slack's: a proxy's page, say. */
export interface Instead {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

/** The fate of one call, as the levers decide it. */
export interface Fate {
  failure?: Failure;
  retryAfterMs?: number;
  delayMs: number;
  /** The delay between carrying out and answering, ms. */
  lateMs: number;
  instead?: Instead;
}

/** Controls with which a test makes Slack misbehave. */
export interface Levers {
  /** Answers 429 to every call of the next `ms`, with a retry at the end of them, or after `mostMs` if sooner. */
  rateLimit(ms: number, mostMs?: number): void;
  /** Answers 429, with a retry after a second, to every second call of each method, until it is called with false. */
  stutter(on?: boolean): void;
  /** Fails calls until `up()`, or only the next `times`; only of `method`, when given. */
  down(failure: Failure, only?: { method?: string; times?: number }): void;
  up(): void;
  /** Delays each answer of a method, or of all (`*`). 0 ends it. */
  slow(method: string, ms: number): void;
  /** Carries out each call of a method, or of all (`*`), at once, and delays the answer by `ms`. 0 ends it. */
  late(method: string, ms: number): void;
  /** Gives this answer and carries nothing out, until `up()`, or only the next `times`; only for a given `method`. */
  says(instead: Instead, only?: { method?: string; times?: number }): void;
  /** Answers calls with the bot token by `token_revoked` from now on, or by this word; undefined ends it. */
  revokeToken(word?: 'token_revoked' | 'invalid_auth' | 'account_inactive'): void;
  restoreToken(): void;
  /** Sends the next `times` requests to the bot twice, as a retry of the same request. */
  deliverTwice(times?: number): void;
  /** Ends each socket right after its hello, for this reason, or silently (`close`); undefined ends that. */
  hangUp(reason?: HangUp): void;
  /** Refuses every chart as an unknown block, as a workspace without them does; false ends that. */
  noCharts(on?: boolean): void;
  /** Counts so many sockets of another bot with the same app token in every hello from now on. */
  strangers(sockets: number): void;
}

/** Why Slack ends a socket. */
export type HangUp = 'warning' | 'refresh_requested' | 'too_many_websockets' | 'link_disabled' | 'close';

/** The present position of the levers, for the server. */
export interface LeverState {
  fate(method: string): Fate;
  revoked(): string | undefined;
  takeTwice(): boolean;
  hangUp(): HangUp | undefined;
  strangers(): number;
  charts(): boolean;
}

/** Makes levers that do nothing yet. */
export function makeLevers(now: () => number): { levers: Levers; state: LeverState } {
  let limitedUntil = 0;
  let mostRetryMs = Infinity;
  let stutters: Map<string, number> | undefined;
  let outage: { failure?: Failure; instead?: Instead; method?: string; left: number } | undefined;
  let word: string | undefined;
  let twice = 0;
  let hangingUp: HangUp | undefined;
  let strangers = 0;
  let charts = true;
  const delays = new Map<string, number>();
  const lates = new Map<string, number>();
  const levers: Levers = {
    rateLimit(ms, mostMs = Infinity) {
      limitedUntil = now() + ms;
      mostRetryMs = mostMs;
    },
    stutter: (on = true) => void (stutters = on ? new Map() : undefined),
    down(failure, { method, times = Infinity } = {}) {
      outage = { failure, left: times, ...(method === undefined ? {} : { method }) };
    },
    up: () => void (outage = undefined),
    slow: (method, ms) => void delays.set(method, ms),
    late: (method, ms) => void lates.set(method, ms),
    says(instead, { method, times = Infinity } = {}) {
      outage = { instead, left: times, ...(method === undefined ? {} : { method }) };
    },
    revokeToken: (as = 'token_revoked') => void (word = as),
    restoreToken: () => void (word = undefined),
    deliverTwice: (times = 1) => void (twice = times),
    hangUp: (reason) => void (hangingUp = reason),
    noCharts: (on = true) => void (charts = !on),
    strangers: (sockets) => void (strangers = sockets),
  };
  const state: LeverState = {
    fate(method) {
      const fate: Fate = {
        delayMs: delays.get(method) ?? delays.get('*') ?? 0,
        lateMs: lates.get(method) ?? lates.get('*') ?? 0,
      };
      const before = stutters?.get(method) ?? 0;
      stutters?.set(method, before + 1);
      if (stutters && before % 2 === 0) fate.retryAfterMs = 1_000;
      if (limitedUntil > now()) fate.retryAfterMs = Math.min(limitedUntil - now(), mostRetryMs);
      if (outage && outage.left > 0 && (outage.method ?? method) === method) {
        outage.left -= 1;
        if (outage.failure !== undefined) fate.failure = outage.failure;
        if (outage.instead !== undefined) fate.instead = outage.instead;
      }
      return fate;
    },
    revoked: () => word,
    takeTwice() {
      twice -= 1;
      return twice >= 0;
    },
    hangUp: () => hangingUp,
    strangers: () => strangers,
    charts: () => charts,
  };
  return { levers, state };
}
