/** Asks the router whether it could serve a color, before it is pointed there. */
import type { Color } from './color.ts';
import type { Parts } from './parts.ts';
import type { ReadyAnswer, Router } from './ports.ts';
import { whyOf } from './router-answers.ts';
import { withTimeout } from './with-timeout.ts';

/** How long one question may take, ms. */
const questionMs = 2_000;

/**
 * For how long, and how often, a router that could not serve a color is asked again, ms: its own checks lag behind.
 */
const timeoutMs = 3_000;
const apartMs = 500;

/** What all instances say together. */
export interface RouterReadiness {
  /** Why the router could not serve the color; undefined: it could, or does not know. */
  cause?: string;
  /** For `some`: what to repair first, which `cause` then leaves out. No instance takes a write until then. */
  repair?: string;
  /** What could not be found out, in words; empty when everything could. */
  doubts: string[];
  /** The instances that could not serve it, in words, where that stops nothing: others could. */
  partly: string[];
}

/** How many instances must be able to: all that answer (a promote), or one of them (a revert). */
export type NeedReady = 'all' | 'some';

/** Sums up one answer per instance. */
export function routerReadiness(given: readonly ReadyAnswer[], need: NeedReady): RouterReadiness {
  const answers = given.map(
    (each): ReadyAnswer => (each.stopsPromotes === true && need === 'all' ? { ...each, ready: 'no' } : each),
  );
  // An instance that is silent, or only could not serve the color, may still take a write.
  const shut = need === 'some' && answers.length > 0 && answers.every(({ repair }) => repair !== undefined);
  const words = (which: ReadyAnswer['ready'], lasting = true): string[] =>
    answers
      .filter((each) => each.ready === which && each.detail !== undefined && (lasting || !each.lasting))
      .map((each) => {
        const why = shut ? `${each.detail}` : whyOf(each);
        return answers.length === 1 ? why : `${why} (${each.instance})`;
      });
  const no = answers.filter(({ ready }) => ready === 'no');
  const can = answers.some(({ ready }) => ready === 'yes' || ready === 'unknown');
  const stops = no.length > 0 && (need === 'all' || !can);
  const said = words('no');
  const repairs = new Set(answers.flatMap(({ repair }) => repair ?? []));
  return {
    ...(stops && { cause: said.join('; ') }),
    ...(shut && { repair: [...repairs].join('; ') }),
    // `doctor` reports what no switch can ever find out; it is not repeated at each switch.
    doubts: words('unknown', false),
    partly: stops ? [] : said,
  };
}

/** Asks once. */
export async function askReady(
  { clock }: Pick<Parts, 'clock'>,
  router: Pick<Router, 'ready'>,
  color: Color,
  { stopping, ms = questionMs }: { stopping?: AbortSignal; ms?: number } = {},
): Promise<ReadyAnswer[]> {
  return withTimeout(clock, ms, (signal) => router.ready(color, signal), stopping);
}

/** Asks, and asks again for a while if the router could not serve the color and that may pass. */
export async function readyPatiently(
  parts: Pick<Parts, 'clock'>,
  router: Pick<Router, 'ready'>,
  color: Color,
  need: NeedReady,
  stopping: AbortSignal,
): Promise<RouterReadiness> {
  const giveUp = parts.clock.mono() + timeoutMs;
  for (;;) {
    const answers = await askReady(parts, router, color, { stopping });
    const found = routerReadiness(answers, need);
    const lasts = answers.some(({ ready, lasting }) => ready === 'no' && lasting === true);
    if (found.cause === undefined || lasts || stopping.aborted || parts.clock.mono() >= giveUp) return found;
    await parts.clock.sleep(apartMs, stopping);
  }
}
