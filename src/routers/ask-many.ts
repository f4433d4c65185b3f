import { pause } from '../net/deadline.ts';
import type { Resolve } from '../net/addresses.ts';
import type { RouterAnswer } from '../release/ports.ts';
import { albOf } from './aws-alb-client.ts';
import type { AlbRouterOptions } from './aws-alb-options.ts';
import { answerOf, readPlaces } from './aws-alb-read.ts';
import type { HaproxyRouterOptions } from './haproxy-options.ts';
import { readMap } from './haproxy-map.ts';
import type { Entry, MapQuestion } from './haproxy-map.ts';
import { placesOf } from './haproxy-places.ts';
import { makeRouter, type RouterOptions } from './index.ts';

/** Most questions at the same time. */
const concurrency = 16;
const albDeadlineMs = 2_000;
/** How long controllers may take to follow a change of a shared router, in ms. */
const lagMs = 1_500;

/** A service whose router is asked. */
export interface SweepEntry {
  service: string;
  options: RouterOptions;
}

/**
 * Asks the routers of many services: one question for each HAProxy instance and map, one for 20 AWS rules in a region,
 * and one for each service elsewhere. Every service gets an answer for each instance, in the order of its
 * configuration. Never throws. `find`: looks host names up.
 */
export async function sweepRouters(
  entries: readonly SweepEntry[],
  signal: AbortSignal,
  find?: Resolve,
): Promise<Map<string, RouterAnswer[]>> {
  const answers = new Map<string, RouterAnswer[]>();
  const questions: (() => Promise<void>)[] = [];
  const albs = new Map<string, { service: string; options: AlbRouterOptions }[]>();
  const haproxies: { service: string; options: HaproxyRouterOptions }[] = [];

  for (const { service, options } of entries) {
    if (options.kind === 'haproxy') {
      haproxies.push({ service, options });
      continue;
    }
    if (options.kind === 'aws-alb') {
      albs.set(options.region, [...(albs.get(options.region) ?? []), { service, options }]);
      continue;
    }
    questions.push(async () => {
      const router = makeRouter(options);
      let said = await router.live(signal);
      // Changes by others appear step by step: a moment later the answer names their author, or is a color again.
      if (router.othersWrite && said.some(({ heading }) => heading === 'unknown')) {
        await pause(lagMs, signal);
        said = await router.live(signal);
      }
      answers.set(service, said);
    });
  }
  for (const [region, some] of albs)
    questions.push(async () => {
      const how = { signal, deadlineMs: albDeadlineMs };
      const found = await readPlaces(
        albOf(region),
        some.map(({ options }) => options),
        how,
      );
      for (const { service, options } of some)
        answers.set(service, [answerOf(options, found.get(options.rule ?? options.listener ?? ''))]);
    });
  const addresses = [...new Set(haproxies.flatMap(({ options }) => options.address))];
  const places = new Map(
    await Promise.all(addresses.map(async (one) => [one, await placesOf([one], find)()] as const)),
  );
  const maps = new Map<string, MapQuestion & { wanted: HaproxyRouterOptions[] }>();
  const nameOf = (address: string, map: string): string => `${address} ${map}`;
  for (const { options } of haproxies) {
    for (const { address } of options.address.flatMap((one) => places.get(one) ?? [])) {
      const name = nameOf(address, options.map);
      const question = maps.get(name) ?? { address, map: options.map, wanted: [] };
      question.wanted.push(options);
      maps.set(name, question);
    }
  }
  const found = new Map<string, Map<HaproxyRouterOptions, Entry>>();
  for (const [name, question] of maps) {
    questions.push(async () => {
      const read = await readMap(question, signal);
      found.set(name, new Map(question.wanted.map((options, i) => [options, read[i] as Entry])));
    });
  }
  await runAll(questions);

  for (const { service, options } of haproxies) {
    const ofService: RouterAnswer[] = [];
    for (const { instance, address } of options.address.flatMap((one) => places.get(one) ?? [])) {
      const entry = found.get(nameOf(address, options.map))?.get(options);
      if (entry !== undefined) ofService.push({ instance, ...entry });
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
