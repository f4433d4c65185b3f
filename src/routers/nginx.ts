import { shownUrl } from '../net/url.ts';
import type { Color } from '../release/color.ts';
import type { PointAnswer, ReadyAnswer, Router, Doubt } from '../release/ports.ts';
import { whyOf } from '../release/router-answers.ts';
import { withLockFile } from './lock-file.ts';
import { dumpCommand, type Dump, readDump } from './nginx-configuration.ts';
import { cannotDeny, deniedFolder, nginxDenial } from './nginx-denial.ts';
import { nginxDoubts } from './nginx-doubts.ts';
import { lineOf, lockedOut, oddValue, readInclude } from './nginx-include.ts';
import { askWorkers, whyAway } from './nginx-live.ts';
import type { NginxRouterOptions } from './nginx-options.ts';
import { type ReloadPace, runNginx, switchNginx, testNginx } from './nginx-switch.ts';
import { oldWorkers } from './nginx-workers.ts';
import { replaceFile } from './replace-file.ts';
import type { HoldOptions } from './write-options.ts';

/** Longest test outside of a write, in ms. */
const testMs = 1_800;
/** How long a reload may take to show its effect, in ms; later it may have failed. */
const awaitedMs = 3_000;
/** The pause before a wrong include file, found twice, is put right, in ms. */
const foundAgainMs = 2_000;

/**
 * Makes a router of nginx on this machine: written by an include file and a reload, read by a location that returns the
 * variable.
 */
export function nginxRouter(options: NginxRouterOptions, hold?: HoldOptions): Router {
  const { include, liveUrl, test, values } = options;
  const instance = shownUrl(liveUrl);
  const denial = hold?.mode === 'deny' ? nginxDenial(options, instance, hold) : undefined;
  const pace: ReloadPace = { slow: false };
  let reloaded: { color: Color; at: number } | undefined;
  let taken: { color: Color; epoch: number } | undefined;
  let odd: { value: string; at: number } | undefined;

  const coming = (): Color | undefined =>
    reloaded !== undefined && performance.now() - reloaded.at < awaitedMs ? reloaded.color : undefined;

  async function dump(signal: AbortSignal): Promise<Dump | undefined> {
    const command = dumpCommand(test);
    if (command === undefined) return undefined;
    const read = readDump(options, deniedFolder(options));
    const ran = await runNginx(command, testMs, signal, (line) => read.line(line));
    return ran.outcome === 'exited' && ran.code === 0 && read.files.size > 0 ? read : undefined;
  }

  async function ready(color: Color, signal: AbortSignal): Promise<Omit<ReadyAnswer, 'instance'>> {
    const away = await whyAway(options, signal);
    if (away !== undefined) return { ready: 'unreachable', detail: away };
    const found = await readInclude(options);
    const against = found.ok ? await lockedOut(options) : { detail: found.detail, repair: found.repair };
    if (against !== undefined) return { ready: 'no', ...against };
    const [wrong, whole] = await Promise.all([testNginx(options, pace, testMs, signal), dump(signal)]);
    if (signal.aborted) return { ready: 'unknown' };
    if (wrong !== undefined)
      return { ready: 'no', ...wrong, detail: `nginx would not take a change: ${wrong.detail}` };
    const odd = found.ok ? oddValue(options, found) : undefined;
    if (odd !== undefined)
      return {
        ready: 'unknown',
        stopsPromotes: true,
        detail: `${odd}: somebody else wrote it, and a promote leaves it unchanged`,
      };
    const without = denial && cannotDeny(options, whole);
    if (whole !== undefined)
      return { ...whole.ready(color), ...(without && { detail: without.what, stopsPromotes: true }) };
    const detail = `"${test.join(' ')}" does not show the configuration, so it cannot be seen whether ${values[color]} could be served`;
    return { ready: 'unknown', lasting: true, detail };
  }

  async function point(
    color: Color,
    epoch: number,
    permit: Parameters<Router['point']>[2],
  ): Promise<PointAnswer> {
    const away = await whyAway(options, permit.signal);
    if (away !== undefined) return { instance, outcome: 'unreachable', detail: away };
    const serves = async (one: Color): Promise<boolean> =>
      (await askWorkers(options, permit.signal)).heading === one;
    const before = await readInclude(options);
    const answer = await switchNginx(options, color, permit, pace, serves);
    if (answer.outcome === 'taken') {
      const again = taken?.color === color && taken.epoch === epoch;
      taken = { color, epoch };
      if (again && before.ok && before.value !== values[color])
        answer.detail = `${instance} took ${color}, and then the include file said "${before.text.trim()}"; ${color} was written again`;
    }
    if (answer.outcome === 'taken' || answer.outcome === 'unclear')
      reloaded = { color, at: performance.now() };
    return { instance, ...answer };
  }

  /** Checks the include file, which nginx starts with. A wrong one is reported first, and put right if it stays so. */
  async function persist(color: Color, signal: AbortSignal): Promise<string | undefined> {
    const found = await readInclude(options);
    if (!found.ok) return whyOf(found);
    if (found.value === values[color]) {
      odd = undefined;
      return undefined;
    }
    const says = `the include file ${include} says "${found.text.trim()}"`;
    if (odd?.value !== found.value) odd = { value: found.value, at: performance.now() };
    if (performance.now() - odd.at < foundAgainMs) return `${says}, which is not what nginx serves`;
    let replaced = false;
    try {
      const locked = await withLockFile(`${found.file}.lock`, signal, async (stillHeld) => {
        replaced = await replaceFile(found.file, `${lineOf(options, color)}\n`, async () => {
          const now = await readInclude(options);
          return now.ok && now.mark === found.mark && (await stillHeld());
        });
      });
      return locked ?? (replaced ? undefined : `${says}, and was changed again`);
    } catch {
      const against = await lockedOut(options);
      return against === undefined ? `${says}, and could not be replaced` : whyOf(against);
    }
  }

  async function doubts(signal: AbortSignal): Promise<Doubt[]> {
    const [found, said, whole, old] = await Promise.all([
      readInclude(options),
      askWorkers(options, signal),
      dump(signal),
      oldWorkers(test),
    ]);
    const without = denial && cannotDeny(options, whole);
    const facts = { include: found.ok ? found : undefined, said, dump: whole, oldWorkers: old };
    return [...nginxDoubts(options, facts), ...(without ? [without] : [])];
  }

  return {
    instances: [instance],
    knowsColors: true,
    ...(denial && { denial }),
    live: async (signal, wanted) => [
      { instance, ...(await askWorkers(options, signal, { wanted, coming: coming() })) },
    ],
    ready: async (color, signal) => [{ instance, ...(await ready(color, signal)) }],
    async point(color, epoch, permit, only) {
      return only === undefined || only.includes(instance) ? [await point(color, epoch, permit)] : [];
    },
    left: () => oldWorkers(test),
    advice: {
      correct: () =>
        'correct what it names: the include file and its folder, nginx.conf, or router.test (docs/nginx.md)',
      reach: 'start nginx, and make it listen at router.liveUrl',
      names:
        'make the location at router.liveUrl answer with only the variable: return 200 $name; (docs/nginx.md)',
      tells: 'let this user read the configuration of nginx by router.test with -T (docs/nginx.md)',
    },
    leftAre: [
      'old worker of nginx, with older requests, is',
      'old workers of nginx, with older requests, are',
    ],
    doubts,
    persist,
  };
}
