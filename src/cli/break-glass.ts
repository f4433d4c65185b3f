/** `revert --break-glass`: moves the router without the record, and writes a file that says what it did. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { adapterMaker } from '../adapters.ts';
import type { Config } from '../config.ts';
import { folderFault, writeEntry } from '../break-glass/files.ts';
import { explain } from '../net/explain.ts';
import { actorId } from '../release/actor.ts';
import { systemClock } from '../release/clock.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import type { Configured } from '../release/command.ts';
import { refuse } from '../release/gates.ts';
import type { BreakGlassEntry } from '../release/break-glass.ts';
import { summarise } from '../release/router-answers.ts';
import { line, order } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { persistRouterState } from '../release/persist-router-state.ts';
import type { Adapters, RouterAnswer } from '../release/ports.ts';
import { askRouter } from '../release/ask-router.ts';
import { readyPatiently } from '../release/ready.ts';
import type { Refusal } from '../release/refusals.ts';
import type { SwitchResult } from '../release/switch-traffic.ts';
import { answersWell } from '../release/steps/check.ts';
import { withTimeout } from '../release/with-timeout.ts';
import type { RedisTrouble } from '../redis/setup-error.ts';
import { cliActor } from './actor.ts';
import { watchAway } from './confirm-redis-down.ts';
import type { Away } from './confirm-redis-down.ts';
import { beforeAsking, cliConfig, cliLog, cliPeople } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { moveWithout } from './break-glass-move.ts';
import { report } from './break-glass-report.ts';
import type { Notes } from './break-glass-report.ts';
import { wayBackOf } from './break-glass-target.ts';
import { fail, printRefusal, printNote } from './print.ts';
import { untilSignal } from './signals.ts';

/** The request. `to`: needed when the router's instances disagree. `expect`: the version that the color must report. */
export interface BreakGlass {
  service: string;
  reason: string;
  force: boolean;
  to?: Color;
  expect?: string;
}

interface Scene extends BreakGlass {
  config: Config;
  stateDir: string;
  adapters: Adapters;
  away: Away;
}

const never = new AbortController().signal;

/** Runs a break-glass revert. Resolves to the exit code. Throws `ConfigFault`. */
export async function breakGlass(asked: BreakGlass): Promise<number> {
  const config = cliConfig(asked.service);
  const { stateDir } = config;
  if (stateDir === undefined) {
    return badFolder(
      line`SWITCHBACK_STATE_DIR is not set. Break-glass must write down there what it does. Set it to the same folder as the bot's.`,
    );
  }
  const fault = await folderFault(stateDir);
  if (fault !== undefined) {
    return badFolder(
      line`SWITCHBACK_STATE_DIR ${fault}. Break-glass must write down there what it does; nothing was done.`,
    );
  }
  const configured = config.catalog.find(asked.service);
  if (!configured) {
    return printRefusal(
      refuse(
        'unknown-service',
        line`The file has no service ${{ code: asked.service }}.`,
        line`Name a service of the file.`,
      ),
    );
  }
  const refusal = await notAllowed(config, asked.service, configured);
  if (refusal) {
    return printRefusal(refusal);
  }
  await beforeAsking(config, asked.service, null);
  const away = watchAway(config, cliLog(config));
  try {
    const adapters = adapterMaker(config.names)(asked.service, configured);
    return await at({ ...asked, config, stateDir, adapters, away });
  } finally {
    await away.close();
  }
}

function badFolder(message: Line): number {
  return fail(exitCodes.mistake, { code: 'bad-configuration', message });
}

async function notAllowed(config: Config, service: string, of: Configured): Promise<Refusal | undefined> {
  const actor = cliActor(config);
  if ((await cliPeople(config).may(actor, ['operator'], of.settings)) === 'yes') return undefined;
  return refuse(
    'not-allowed',
    line`revert on ${service} needs the role operator (or admin).`,
    line`You are ${{ code: actorId(actor) }}. Add it to ${{ code: 'roles.operator' }} in the configuration: "*" and groups do not cover users of the command line.`,
  );
}

async function at(scene: Scene): Promise<number> {
  const { service, reason, force, config, adapters, stateDir, away } = scene;
  printNote(line`  Trying Redis for some seconds, until no bot may still write to the router…`);
  const isAway = await away.surely();
  const turned = isAway ? away.turnedAway() : undefined;
  if (turned && !force) return wrongKey(scene, turned);
  const bad = isAway ? undefined : await away.unreadable(service);
  if (!isAway && bad === undefined) return redisAnswers(scene);
  if (bad?.held === false) return busy(scene, bad.why);
  // Not earlier: the holder of the lease may have moved the router until now.
  const saw = await askRouter({ clock: systemClock }, adapters.router, { ms: 2_500 });
  const cause = bad === undefined ? `Redis ${away.why()}` : bad.why.replace(/\.$/, '');
  printNote(line`  ${cause}. The router says ${summarise(saw).detail}.`);
  const way = await wayBackOf(scene, saw, stateDir);
  if ('refusal' in way) {
    return printRefusal(way.refusal);
  }
  const { target, note } = way;
  if (note) printNote(line`  ${note}`);
  const there = summarise(saw).heading === target;
  const seen =
    force || there
      ? undefined
      : await withTimeout(systemClock, 30_000, (signal) =>
          answersWell({ clock: systemClock }, adapters.health, target, scene.expect, signal),
        );
  if (seen && !seen.healthy) {
    return printRefusal(
      refuse(
        seen.code,
        line`${target} is unhealthy: ${seen.cause}. Nothing was done.`,
        line`Add --force to go there anyway.`,
      ),
    );
  }
  const could =
    force || there
      ? undefined
      : await readyPatiently({ clock: systemClock }, adapters.router, target, 'some', never);
  if (could?.cause !== undefined) {
    return printRefusal(
      refuse(
        'router-not-ready',
        line`${could.cause}. Nothing was done.`,
        could.repair === undefined
          ? line`Add --force to go there anyway.`
          : line`${order(could.repair)} --force does not help before that.`,
      ),
    );
  }
  const version = seen?.version;
  printNote(
    line`  ${target}: ${force ? 'its health is not checked' : there ? 'the router points there already' : `healthy${version === undefined ? '' : `, reports ${version}`}`}.`,
  );

  const glass: BreakGlassEntry = {
    schema: 1,
    id: randomUUID(),
    service,
    status: 'begun',
    actor: cliActor(config),
    host: hostname().slice(0, 200),
    startedAt: new Date().toISOString(),
    reason,
    force,
    ...(bad !== undefined && { unreadable: bad.why.slice(0, 1_000) }),
    target,
    saw: saw.map(written),
    ...(seen && { health: `healthy${version === undefined ? '' : `, reports ${version}`}` }),
  };
  // Covers the time from before the file exists until it says how it ended: an interrupted run must not look as if it
  // had moved anything.
  const interrupted = untilSignal();
  try {
    return await moveAndTell(scene, { glass, version, saw }, interrupted.signal);
  } finally {
    interrupted.forget();
  }
}

/** Writes the file, moves the router, then writes and prints how it ended. */
async function moveAndTell(
  { adapters, away, stateDir, service, force }: Scene,
  {
    glass,
    version,
    saw,
  }: { glass: BreakGlassEntry; version: string | undefined; saw: readonly RouterAnswer[] },
  interrupted: AbortSignal,
): Promise<number> {
  const { target } = glass;
  try {
    await writeEntry(stateDir, glass);
  } catch (cause) {
    return badFolder(line`SWITCHBACK_STATE_DIR cannot be written (${explain(cause)}); nothing was done.`);
  }
  const steered = await moveWithout(adapters, away, { service, target, version, saw, force }, interrupted);
  const persist =
    steered.end === 'there'
      ? await persistRouterState({ clock: systemClock }, adapters.router, target)
      : undefined;
  const behind = steered.answers.filter(({ heading }) => heading !== target);
  const status = steered.end !== 'there' ? 'failed' : behind.length > 0 ? 'partly' : 'done';
  const cause = [
    ...(steered.end === 'there'
      ? []
      : [steered.cause, ...(steered.repair === undefined ? [] : [steered.repair])]),
    ...(persist === undefined ? [] : [persist]),
  ];
  const ended: BreakGlassEntry = {
    ...glass,
    status,
    endedAt: new Date().toISOString(),
    result: steered.answers.map(written),
    ...(steered.probe !== undefined && { probe: steered.probe.slice(0, 1_000) }),
    ...(cause.length > 0 && { cause: cause.join('; ').slice(0, 1_000) }),
  };
  const path = await writeEntry(stateDir, ended).catch((fault: unknown) => {
    printNote(
      line`The result could not be saved (${explain(fault)}): the file only says that the move started.`,
    );
    return stateDir;
  });
  return report(ended, path, notesOf(adapters, steered, target));
}

/** What people should know about the router after the switch. `followsMs`: how long traffic may lag behind its word. */
function notesOf({ router }: Adapters, { end, notes = [], probe }: SwitchResult, target: Color): Notes {
  if (end !== 'there') return { notes };
  const keeps = router.keeps?.replaceAll('{old}', otherColor(target));
  return {
    notes: [...notes, ...(keeps === undefined ? [] : [keeps])],
    ...(probe === undefined && router.followsMs !== undefined && { followsMs: router.followsMs }),
  };
}

/** Reports that Redis answers, but refuses this machine or is not the server for writes. */
function wrongKey({ service }: Scene, { found, fix }: RedisTrouble): number {
  return fail(exitCodes.mistake, {
    code: 'storage-unavailable',
    message: line`Redis ${found}. But it answers, so a bot with access may be working on ${service}; nothing was done.`,
    next: line`To fix it: ${fix}. Or add --force, at your own risk: a bot may move the router at the same time.`,
  });
}

function busy({ service }: Scene, why: string): number {
  return printRefusal(
    refuse(
      'operation-in-progress',
      line`${why} But a process that can read it is working on it now; nothing was done.`,
      line`Run status ${service} with the version that wrote it.`,
    ),
  );
}

function redisAnswers({ service }: Scene): number {
  return printRefusal(
    refuse(
      'nothing-to-do',
      line`Redis answers and the record of ${service} can be read, so break-glass is refused. Nothing was done.`,
      line`Use the normal command: switchback revert ${service} <reason>.`,
    ),
  );
}

function written({ instance, heading, detail }: RouterAnswer): BreakGlassEntry['saw'][number] {
  return { instance, heading, ...(detail !== undefined && { detail: detail.slice(0, 1_000) }) };
}
