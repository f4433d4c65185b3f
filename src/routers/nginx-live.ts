/** Where nginx sends traffic, asked of its workers. */
import { plainText } from '../net/answer-path.ts';
import { call } from '../net/call.ts';
import { pause } from '../net/deadline.ts';
import { answeredWith } from '../net/first-words.ts';
import type { Color } from '../release/color.ts';
import type { Heading } from '../release/ports.ts';
import type { NginxRouterOptions } from './nginx.ts';
import { colorOf } from './nginx-include.ts';

/** One question on one connection, ms. */
const askedMs = 2_000;
/**
 * Connections that are opened at once in one look. Which worker takes one is chance; while a reload goes on, workers of
 * before and after it take them side by side.
 */
const together = 6;
/** Between two looks while workers do not agree, ms. */
const apartMs = 20;
/** nginx lets the workers of before a reload take connections for 100 ms more, next to the new ones. */
const overlapMs = 150;
/** So long is it waited for workers that do not agree, ms. */
const patienceMs = 1_000;

/** What nginx says, and why that is no color. */
export interface Said {
  heading: Heading;
  detail?: string;
}

type Options = Pick<NginxRouterOptions, 'liveUrl' | 'values' | 'variable'>;

/**
 * Asks until the workers agree: for a second at most while they contradict each other. `wanted`: another answer is taken
 * at its first word. `coming`: the color that a reload brings which this process began; that is waited for, and what is
 * heard once must be heard again when the workers of before take no more connections.
 */
export async function askWorkers(
  options: Options,
  signal: AbortSignal,
  { wanted, coming }: { wanted?: Color | undefined; coming?: Color | undefined } = {},
): Promise<Said> {
  const giveUpAt = performance.now() + patienceMs;
  const awaited = wanted === undefined || wanted === coming ? coming : undefined;
  for (let heard = 0; ; ) {
    const said = await look(options, signal);
    const agree = 'heading' in said;
    if (agree && (awaited === undefined || said.heading === 'unreachable')) return said;
    heard = agree && said.heading === awaited ? heard + 1 : 0;
    if (agree && heard === 2) return said;
    if (awaited === undefined && wanted !== undefined && !agree && said.first.heading !== wanted)
      return said.first;
    // A wait for what was heard once is short, and not cut.
    if (signal.aborted || (heard === 0 && performance.now() > giveUpAt))
      return agree ? said : contradicting(said);
    await pause(heard === 0 ? apartMs : overlapMs, signal);
  }
}

/** Opens a connection to where it is asked, and says nothing. Why none stood, in words; undefined: one did. */
export async function whyAway({ liveUrl }: Options, signal: AbortSignal): Promise<string | undefined> {
  let stood = false;
  const mayWrite = (): boolean => {
    stood = true;
    return false;
  };
  const answer = await call({ method: 'GET', url: liveUrl, deadlineMs: askedMs, signal, mayWrite });
  return stood || answer.answered ? undefined : answer.reason;
}

interface Contradiction {
  first: Said;
  other: Said;
}

async function look(options: Options, signal: AbortSignal): Promise<Said | Contradiction> {
  const all = await Promise.all(Array.from({ length: together }, () => ask(options, signal)));
  // A connection that a worker took with it into its end says nothing of the others.
  const heard = all.filter(({ heading }) => heading !== 'unreachable');
  const [first] = heard;
  if (first === undefined) return all[0] ?? { heading: 'unreachable' };
  const other = heard.find((one) => one.heading !== first.heading || one.detail !== first.detail);
  return other === undefined ? first : { first, other };
}

async function ask(options: Options, signal: AbortSignal): Promise<Said> {
  const { liveUrl, variable } = options;
  const answer = await call({ method: 'GET', url: liveUrl, deadlineMs: askedMs, signal });
  if (!answer.answered) return { heading: 'unreachable', detail: answer.reason };
  if (answer.status < 200 || answer.status > 299)
    return { heading: 'unknown', detail: `liveUrl ${answeredWith(answer)}` };
  const value = answer.body.trim();
  const color = colorOf(options, value);
  if (color !== undefined) return { heading: color };
  const said = value === '' ? 'nothing' : `"${plainText(value, 64)}"`;
  return {
    heading: 'unknown',
    detail: `liveUrl says ${said}; it must be "return 200 $${variable};" where the include file is included`,
  };
}

function contradicting({ first, other }: Contradiction): Said {
  const said = [first, other].map(({ heading, detail }) => detail ?? heading).join(', then ');
  return {
    heading: 'unknown',
    detail: `its workers contradict each other: ${said}. Is a reload still going on, or are there several nginx behind liveUrl?`,
  };
}
