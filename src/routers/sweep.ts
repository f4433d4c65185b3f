import type { RouterAnswer } from '../release/ports.ts';
import { type HaproxyRouterOptions, headingOf, showMap } from './haproxy.ts';
import { makeRouter, type RouterOptions } from './index.ts';

/** Questions under way at once. */
const concurrency = 16;

/** A service whose router is asked. */
export interface SweepEntry {
  service: string;
  options: RouterOptions;
}

/**
 * Asks the routers of many services, with one question per HAProxy instance and map (SPEC 11) and one per service
 * elsewhere. Every service has an answer per instance, in the order of its configuration. Never throws.
 */
export async function sweepRouters(
  entries: readonly SweepEntry[],
  signal: AbortSignal,
): Promise<Map<string, RouterAnswer[]>> {
  const answers = new Map<string, RouterAnswer[]>();
  const questions: (() => Promise<void>)[] = [];
  const maps = new Map<string, ReturnType<typeof showMap>>();
  const nameOf = (address: string, map: string) => `${address} ${map}`;
  const haproxies: { service: string; options: HaproxyRouterOptions }[] = [];

  for (const { service, options } of entries) {
    if (options.kind === 'haproxy') {
      haproxies.push({ service, options });
      continue;
    }
    questions.push(async () => {
      answers.set(service, await makeRouter(options).live(signal));
    });
  }
  const shared = new Map(
    haproxies.flatMap(({ options: { address, map } }) =>
      address.map((one) => [nameOf(one, map), { address: one, map }] as const),
    ),
  );
  for (const [name, { address, map }] of shared) {
    questions.push(async () => {
      const shown = showMap(address, map, signal);
      maps.set(name, shown);
      await shown;
    });
  }
  await runAll(questions);

  for (const { service, options } of haproxies) {
    const ofService: RouterAnswer[] = [];
    for (const instance of options.address) {
      const shown = await maps.get(nameOf(instance, options.map));
      if (shown === undefined) continue;
      const said = shown instanceof Map ? headingOf(shown.get(options.key), options) : shown;
      ofService.push({ instance, ...said });
    }
    answers.set(service, ofService);
  }
  return answers;
}

async function runAll(questions: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = questions.values();
  const workers = Array.from({ length: Math.min(concurrency, questions.length) }, async () => {
    for (const question of queue) await question();
  });
  await Promise.all(workers);
}
