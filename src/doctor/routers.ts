/** Checks what a router can do, and whether the addresses of a service are what they seem. */
import { lookup } from 'node:dns/promises';
import { samePlaces } from '../config/same-place.ts';
import type { ServiceOptions } from '../config/schema.ts';
import { colorSchema } from '../release/color.ts';
import type { Adapters, Router, RouterAdvice } from '../release/ports.ts';
import { whyOf } from '../release/router-answers.ts';
import { fine, warned, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

const askedMs = 5_000;

/** The words for a router that has none of its own. */
const general: RouterAdvice = {
  correct: (color) => `correct router in the configuration, or what the router has for ${color}`,
  reach: 'start the router, or correct its address in the configuration',
  names: 'compare router in the configuration with what the router has',
  tells: 'make the router say what it could serve',
};

/** What to do first about a router. */
export function adviceOf({ advice = general }: Router): RouterAdvice {
  return advice;
}

/** Checks whether the router could serve each color. Where it does not say, there is no finding. */
export async function examineReady(service: string, { router }: Adapters): Promise<Finding[]> {
  const { correct, tells } = adviceOf(router);
  const each = await Promise.all(
    colorSchema.options.map(async (color) => {
      const answers = await router.ready(color, AbortSignal.timeout(askedMs));
      const name = `${service} router for ${color}`;
      const words = (which: 'no' | 'unknown'): string[] =>
        answers
          .filter(({ ready, detail }) => ready === which && detail !== undefined)
          .map((each) => (answers.length === 1 ? whyOf(each) : `${whyOf(each)} (${each.instance})`));
      const no = words('no');
      if (no.length > 0)
        return [
          wrong(
            name,
            `could not serve it: ${no.join('; ')}`,
            `${correct(color)}; until then ${color} is refused (router-not-ready)`,
          ),
        ];
      const doubts = words('unknown');
      if (doubts.length > 0)
        return [
          warned(
            name,
            `not known whether it could serve it: ${doubts.join('; ')}`,
            `${tells}, or check it yourself before you switch to ${color}`,
          ),
        ];
      return answers.some(({ ready }) => ready === 'yes') ? [fine(name, 'could serve it')] : [];
    }),
  );
  return each.flat();
}

/** Checks the settings of a working router, and whether one address leads to several. */
export async function examineInstances(service: string, { router }: Adapters): Promise<Finding[]> {
  const signal = AbortSignal.timeout(askedMs);
  const doubts = (await router.doubts?.(signal)) ?? [];
  const said = new Map<string, Set<string>>();
  for (let look = 0; look < 3 && doubts.length === 0; look += 1)
    for (const { instance, heading } of await router.live(signal)) {
      if (heading === 'unreachable') continue;
      said.set(instance, (said.get(instance) ?? new Set()).add(heading));
    }
  const other = [...said]
    .filter(([, headings]) => headings.size > 1)
    .map(([instance, headings]) => `${instance} says ${[...headings].join(', then ')}`);
  const name = `${service} router`;
  const fix = 'are there several routers behind it? Give each an address of its own';
  return [
    ...doubts.map((doubt) => warned(name, doubt.what, doubt.fix)),
    ...other.map((said) => warned(name, said, fix)),
  ];
}

/** Checks that the colors, the probe and the router have different addresses. */
export async function examinePlaces(service: string, options: ServiceOptions): Promise<Finding[]> {
  const known = new Map<string, Promise<string[]>>();
  const addressesOf = (host: string): Promise<string[]> => {
    const before = known.get(host);
    if (before) return before;
    const found = found4or6(host);
    known.set(host, found);
    return found;
  };
  return (await samePlaces(options, addressesOf)).map((said) =>
    warned(
      `${service} addresses`,
      said,
      'give each color an address of its own, which does not lead through the router',
    ),
  );
}

async function found4or6(host: string): Promise<string[]> {
  const timer = new Promise<string[]>((resolve) => setTimeout(() => resolve([]), askedMs).unref());
  const found = lookup(host, { all: true }).then(
    (all) => [...new Set(all.map(({ address }) => address))],
    () => [],
  );
  return Promise.race([found, timer]);
}
