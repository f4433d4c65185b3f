import type { Pair } from '../../src/release/evidence/pair.ts';
import {
  type Evidence,
  type EvidenceState,
  emptyEvidence,
  evidenceAt,
  withPair,
} from '../../src/release/evidence/evidence.ts';

/** Random numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What the two colors do in the pair that is sent at `at`, ms. */
export type Colors = (at: number) => Partial<Pair>;

export const healthy: Colors = () => ({});
export const liveDead: Colors = () => ({ liveOk: false });
export const backDead: Colors = () => ({ backOk: false });
export const bothDead: Colors = () => ({ liveOk: false, backOk: false });

/** Each color fails by itself in this share of its requests. */
export function failing(random: () => number, live: number, back = live): Colors {
  return () => ({ liveOk: random() >= live, backOk: random() >= back });
}

/** Both fail together, in this share of the pairs. */
export function failingTogether(random: () => number, share: number): Colors {
  return () => {
    const ok = random() >= share;
    return { liveOk: ok, backOk: ok };
  };
}

/**
 * Each color has outages of its own, in which all its requests fail: of `lengthMs`, on average one in `everyMs`, at
 * random.
 */
export function bursts(random: () => number, lengthMs: number, everyMs: number): Colors {
  const wait = (): number => -Math.log(1 - random()) * (everyMs - lengthMs);
  const next = [wait(), wait()];
  return (at) => {
    const [liveOk, backOk] = next.map((start, i) => {
      let from = start;
      while (at >= from + lengthMs) from += lengthMs + wait();
      next[i] = from;
      return at < from;
    });
    return { liveOk: liveOk === true, backOk: backOk === true };
  };
}

/** Pairs, one after another, and what they say. */
export class Watch {
  state: EvidenceState = emptyEvidence(0);
  /** When the next pair is sent, ms. */
  at = 0;
  readonly #everyMs: number;
  readonly #rule: { blockMs: number };

  constructor({ everyMs = 500, blockMs = 10_000 } = {}) {
    this.#everyMs = everyMs;
    this.#rule = { blockMs };
  }

  /** What is true at the newest pair, or at `at`. */
  evidence(at = this.state.at): Evidence {
    return evidenceAt(this.state, at);
  }

  pair(colors: Colors): void {
    const pair = { at: this.at, liveOk: true, backOk: true, liveMs: 20, backMs: 20, ...colors(this.at) };
    this.state = withPair(this.state, pair, this.#rule);
    this.at += this.#everyMs;
  }

  /** Sends pairs for so long, ms. */
  watch(colors: Colors, ms: number): this {
    const end = this.at + ms;
    while (this.at < end) this.pair(colors);
    return this;
  }

  /** Sends pairs until this holds; returns the time since the first of them in s, or undefined after `mostMs`. */
  until(colors: Colors, holds: (evidence: Evidence) => boolean, mostMs = 600_000): number | undefined {
    const start = this.at;
    while (this.at < start + mostMs) {
      this.pair(colors);
      if (holds(this.evidence())) return (this.state.at - start) / 1000;
    }
    return undefined;
  }
}
