/** Checks the services: whether their routers, deploys and colors answer. */
import { readOptions } from '../config.ts';
import type { Config } from '../config.ts';
import type { Adapters } from '../release/ports.ts';
import type { Configured } from '../release/command.ts';
import { colorSchema } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import { summarise } from '../release/router-answers.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { Store } from '../release/store.ts';
import { unknownsOf } from '../release/unknowns.ts';
import { examineAutoRevert } from './auto-revert.ts';
import { examineData } from './data.ts';
import { fine, warned, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { examineMirror } from './mirror.ts';
import { examineQueries } from './queries.ts';
import { adviceOf, examineInstances, examinePlaces, examineReady } from './routers.ts';
import { examineWrites } from './writes.ts';

const askedMs = 5_000;
const together = 8;

/** Checks every service, a few at a time, in the order of the configuration. `store`: absent where unavailable. */
export async function* examineServices(
  { catalog, names: values }: Config,
  adapters: (service: string, configured: Configured) => Adapters,
  store?: Pick<Store, 'load'>,
): AsyncGenerator<Finding> {
  const names = catalog.names();
  for (let from = 0; from < names.length; from += together) {
    const some = names.slice(from, from + together);
    const found = await Promise.all(
      some.map(async (service) => {
        const configured = catalog.find(service);
        if (configured === undefined) return [];
        // Another check reports an unreadable record.
        const record = await store?.load(service).then(
          (loaded) => loaded.record,
          () => null,
        );
        const options = readOptions(configured.raw, values);
        const made = adapters(service, configured);
        const [own, automatic, mirror, places, queries, databases] = await Promise.all([
          examineService(service, made, record ?? null),
          examineAutoRevert(service, configured, made),
          examineMirror(service, made),
          examinePlaces(service, options),
          examineQueries(service, options, record ?? null),
          examineData(service, made, record ?? null),
        ]);
        return [
          ...own,
          ...automatic,
          ...examineWrites(service, made, record ?? null),
          ...mirror,
          ...queries,
          ...databases,
          ...places,
          ...examineSettings(service, configured),
        ];
      }),
    );
    yield* found.flat();
  }
}

/** Reports what the bot cannot check with these settings. */
function examineSettings(service: string, { settings }: Configured): Finding[] {
  return unknownsOf(settings).map(({ means, fix }) => warned(`${service} settings`, means, fix));
}

async function examineService(
  service: string,
  adapters: Adapters,
  record: ServiceRecord | null,
): Promise<Finding[]> {
  const [router, ready, instances, deploy, ...each] = await Promise.all([
    examineRouter(service, adapters, record),
    examineReady(service, adapters),
    examineInstances(service, adapters),
    examineDeploy(service, adapters),
    ...colorSchema.options.map((color) => examineColor(service, color, adapters)),
  ]);
  return [router, ...ready, ...instances, ...deploy, ...each];
}

/** Checks that the deploy system answers, and would start a deploy. Reports nothing for kinds without such a check. */
export async function examineDeploy(service: string, { deploy }: Adapters): Promise<Finding[]> {
  if (deploy?.doubts === undefined) return [];
  const name = `${service} deploy`;
  const doubts = await deploy.doubts(AbortSignal.timeout(askedMs));
  if (doubts.length === 0) return [fine(name, deploy.examined ?? 'can be asked')];
  return doubts.map(({ what, fix }) => wrong(name, what, fix));
}

/** Checks that every instance of the router answers, and what it says against the record. */
export async function examineRouter(
  service: string,
  { router }: Adapters,
  record: ServiceRecord | null,
): Promise<Finding> {
  const name = `${service} router`;
  const answers = await router.live(AbortSignal.timeout(askedMs));
  const { heading, detail } = summarise(answers);
  const away = answers.filter((answer) => answer.heading === 'unreachable').map(({ instance }) => instance);
  if (away.length > 0) return wrong(name, `cannot be asked: ${detail}`, adviceOf(router).reach);
  if (heading === 'mixed')
    return wrong(name, `its instances disagree: ${detail}`, `type /release retry ${service}, or adopt`);
  if (heading === 'unknown' || heading === 'unreachable')
    return wrong(name, `names neither color: ${detail}`, adviceOf(router).names);
  // While an operation is under way, both colors are possible.
  if (record !== null && record.op === null && heading !== record.live)
    return wrong(
      name,
      `router-drift: it says ${detail}, the record says ${record.live}`,
      `type /release retry ${service} to put it back, or adopt to accept it`,
    );
  return fine(name, `says ${detail}${record === null ? '' : ', as the record does'}`);
}

async function examineColor(service: string, color: Color, { health }: Adapters): Promise<Finding> {
  const name = `${service} ${color}`;
  const verdicts = await Promise.all(
    health.map(async (check) => ({
      check: check.name,
      verdict: await check.ask(color, undefined, AbortSignal.timeout(askedMs)),
    })),
  );
  const bad = verdicts.flatMap(({ check, verdict }) =>
    // Most reasons begin with the check's own name.
    verdict.healthy
      ? []
      : [verdict.reason.startsWith(check) ? verdict.reason : `${check}: ${verdict.reason}`],
  );
  if (bad.length > 0)
    return wrong(
      name,
      `does not pass its health checks (${bad.join('; ')})`,
      `start ${color}, or correct colors.${color}.url and health in the configuration`,
    );
  const version = verdicts.map(({ verdict }) => verdict.version).find((each) => each !== undefined);
  return fine(
    name,
    version === undefined ? 'passes its health checks' : `passes its health checks as ${version}`,
  );
}
