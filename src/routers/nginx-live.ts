/** Finds where nginx sends traffic by asking its workers. */
import { oneLineText } from '../net/answer-path.ts';
import { call } from '../net/call.ts';
import { pause } from '../net/deadline.ts';
import { answeredWith } from '../net/first-words.ts';
import { whyNotReached } from '../net/reach.ts';
import type { Color } from '../release/color.ts';
import type { Heading } from '../release/ports.ts';
import type { NginxRouterOptions } from './nginx-options.ts';
import { colorOf } from './nginx-include.ts';

/** Deadline of one question on one connection, in ms. */
const askedMs = 2_000;
/**
 * Connections opened at once in one look. A random worker accepts each; during a reload, old and new workers accept
 * them together.
 */
const together = 6;
/** The pause between two looks while workers disagree, in ms. */
const apartMs = 20;
/** How long old workers accept connections after a reload, together with the new ones, in ms. */
const overlapMs = 150;
/** Longest wait for workers that disagree, in ms. */
const timeoutMs = 1_000;

/** nginx's answer, and why that is no color. */
export interface NginxAnswer {
  heading: Heading;
  detail?: string;
}

type Options = Pick<NginxRouterOptions, 'liveUrl' | 'values' | 'variable'>;

/**
 * Asks until the workers agree, for at most a second while they disagree. `wanted`: any other answer counts at once.
 * `coming`: the color of a reload that this process began; the function waits for it, and a single answer must be
 * confirmed when old workers no longer accept connections.
 */
export async function askWorkers(
  options: Options,
  signal: AbortSignal,
  { wanted, coming }: { wanted?: Color | undefined; coming?: Color | undefined } = {},
): Promise<NginxAnswer> {
  const giveUpAt = performance.now() + timeoutMs;
  const awaited = wanted === undefined || wanted === coming ? coming : undefined;
  for (let heard = 0; ; ) {
    const said = await look(options, signal);
    const agree = 'heading' in said;
    if (agree && (awaited === undefined || said.heading === 'unreachable')) return said;
    heard = agree && said.heading === awaited ? heard + 1 : 0;
    if (agree && heard === 2) return said;
    if (awaited === undefined && wanted !== undefined && !agree && said.first.heading !== wanted)
      return said.first;
    // The wait for a confirmation is short, and not cut.
    if (signal.aborted || (heard === 0 && performance.now() > giveUpAt))
      return agree ? said : contradicting(said);
    await pause(heard === 0 ? apartMs : overlapMs, signal);
  }
}

/** Why no connection to the live address opens; undefined: one does. Sends nothing. */
export function whyAway({ liveUrl }: Options, signal: AbortSignal): Promise<string | undefined> {
  return whyNotReached(liveUrl, signal, askedMs);
}

interface Contradiction {
  first: NginxAnswer;
  other: NginxAnswer;
}

async function look(options: Options, signal: AbortSignal): Promise<NginxAnswer | Contradiction> {
  const all = await Promise.all(Array.from({ length: together }, () => ask(options, signal)));
  // A connection that ended with its worker says nothing about the others.
  const heard = all.filter(({ heading }) => heading !== 'unreachable');
  const [first] = heard;
  if (first === undefined) return all[0] ?? { heading: 'unreachable' };
  const other = heard.find((one) => one.heading !== first.heading || one.detail !== first.detail);
  return other === undefined ? first : { first, other };
}

async function ask(options: Options, signal: AbortSignal): Promise<NginxAnswer> {
  const { liveUrl, variable } = options;
  const answer = await call({ method: 'GET', url: liveUrl, deadlineMs: askedMs, signal });
  if (!answer.answered) return { heading: 'unreachable', detail: answer.reason };
  if (answer.status < 200 || answer.status > 299)
    return { heading: 'unknown', detail: `liveUrl ${answeredWith(answer)}` };
  const value = answer.body.trim();
  const color = colorOf(options, value);
  if (color !== undefined) return { heading: color };
  const said = value === '' ? 'nothing' : `"${oneLineText(value, 64)}"`;
  return {
    heading: 'unknown',
    detail: `liveUrl says ${said}; it must be "return 200 $${variable};" where the include file is included`,
  };
}

function contradicting({ first, other }: Contradiction): NginxAnswer {
  const said = [first, other].map(({ heading, detail }) => detail ?? heading).join(', then ');
  return {
    heading: 'unknown',
    detail: `its workers contradict each other: ${said}. Is a reload still running, or are there several nginx behind liveUrl?`,
  };
}
