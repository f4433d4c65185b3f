import { Agent, get } from 'node:http';
import { ratesOf } from './rates.ts';
import type { Ended, Rates } from './rates.ts';

/** Who answered the last seconds of traffic. */
export interface TrafficReport extends Rates {
  /** The number of requests since the start. */
  requests: number;
  errors: number;
}

/** Steady light traffic through the router. */
export interface Traffic {
  /** Reports the last `ms`, at most 3 s, which is the default. */
  report(ms?: number): TrafficReport;
  /** Calls back when another color or version begins to answer, until the returned function is called. */
  onSwitch(fn: (to: string) => void): () => void;
  close(): void;
}

const everyMs = 50;
const windowMs = 3_000;
/** Most late requests that are sent at once. */
const mostLate = 20;
/** Most requests under way, so that a slow machine gets no more. Of a silent color, 5 a second still fail. */
const mostPending = 10;
/** Deadline of a request, in ms. Time in which this process stood still does not count. */
export const deadlineMs = 2_000;
/** Longest time between two looks that counts, in ms: beyond it, this process stood still. */
const mostCountedMs = 2 * everyMs;

/** Starts requests to `url`, 20 times a second. */
export function startTraffic(url: string): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const listeners = new Set<(to: string) => void>();
  let seen: Ended[] = [];
  let last: string | undefined;
  let requests = 0;
  let errors = 0;
  const startedAt = Date.now();

  function count(by: string | undefined): void {
    const now = Date.now();
    requests += 1;
    if (by === undefined) errors += 1;
    seen = [...seen.filter(({ at }) => at > now - windowMs), { at: now, by }];
    if (by === undefined || by === last) return;
    const first = last === undefined;
    last = by;
    if (!first) listeners.forEach((fn) => fn(by));
  }

  /** How long this process has run, ms. */
  let ran = 0;
  let lookedAt = performance.now();
  /** Requests without an answer yet, with the value of `ran` at their sending. */
  const pending = new Map<AbortController, number>();
  // A timer for each would fire before the process reads an answer that came while it stood still.
  function giveUpLate(): void {
    const now = performance.now();
    ran += Math.min(now - lookedAt, mostCountedMs);
    lookedAt = now;
    for (const [ending, since] of pending) if (ran - since >= deadlineMs) ending.abort();
  }

  function ask(): void {
    const ending = new AbortController();
    pending.set(ending, ran);
    const end = (by: string | undefined): void => {
      if (pending.delete(ending)) count(by);
    };
    get(url, { agent, signal: ending.signal }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (body += chunk));
      answer.on('error', () => end(undefined));
      answer.on('end', () => end(answer.statusCode === 200 ? nameOf(body) : undefined));
    }).on('error', () => end(undefined));
  }

  let asked = 0;
  // Sends as many as are due: a late one, because this process stood still, still counts.
  function askDue(): void {
    const due = Math.floor((Date.now() - startedAt) / everyMs);
    for (asked = Math.max(asked, due - mostLate); asked < due && pending.size < mostPending; asked += 1)
      ask();
  }
  const timer = setInterval(() => {
    giveUpLate();
    askDue();
  }, everyMs);
  return {
    report: (ms = windowMs) => ({ ...ratesOf(seen, Date.now(), ms, startedAt), requests, errors }),
    onSwitch(fn) {
      listeners.add(fn);
      return () => void listeners.delete(fn);
    },
    close() {
      clearInterval(timer);
      agent.destroy();
    },
  };
}

function nameOf(body: string): string | undefined {
  try {
    const { color, version } = JSON.parse(body) as { color: string; version: string };
    return `${color} ${version}`;
  } catch {
    return undefined;
  }
}
