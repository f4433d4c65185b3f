/** The verbs of a release: each is one command, with the same gates and records as in Slack. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { overridesOf } from '../release/command.ts';
import type { Overrides } from '../release/command.ts';
import { readLockFor, readReason, readReasonToGoBack, readVersion, readWait } from './arguments.ts';
import { exitCodes, waitHelp } from './exit-codes.ts';
import { runVerb } from './run-verb.ts';
import { carriedOutHere, reasonOf, run, verb } from './verb.ts';

interface StageOptions {
  again?: string;
  ifIdle?: true;
  wait?: number;
}

interface PromoteOptions extends Overrides {
  dryRun?: true;
  wait?: number;
  only?: string;
}

const waitOption = (): Option =>
  new Option('--wait <duration>', 'stand in line for a turn, so long at most').argParser(readWait);

/** Adds `stage`, `promote`, `lock` and `unlock`. */
export function addChanges(program: Command): void {
  verb(
    program,
    'stage',
    'stage a version on the idle color and check it there',
    [
      'stage checkout v1.42.0',
      'stage checkout v1.42.0 --again "new certificate"',
      'stage checkout v1.42.0 --wait 15m --if-idle',
    ],
    `${carriedOutHere}\n${waitHelp}`,
  )
    .argument('<version>', 'the version', readVersion)
    .option('--again <reason>', 'stage the live version once more, for new settings of it', readReason)
    .option('--if-idle', 'not in place of a release that somebody else staged')
    .addOption(waitOption())
    .action((service: string, version: string, { again, ifIdle, wait }: StageOptions) =>
      run(
        {
          verb: 'stage',
          service,
          version,
          ...(again !== undefined && { again }),
          ...(ifIdle && { ifIdle }),
        },
        wait,
      ),
    );

  verb(
    program,
    'promote',
    'make the staged color live, or ask for the approvals that it needs',
    [
      'promote checkout',
      'promote checkout --wait 30m --only v1.42.0',
      'promote checkout --dry-run',
      'promote checkout --during-freeze "the fix of the incident"',
    ],
    `It returns when traffic has moved and is verified; a running bot watches the bake after that.\n${carriedOutHere}\n${waitHelp}`,
  )
    .option('--dry-run', 'only say what stands in the way')
    .option('--during-freeze <reason>', 'although releases are frozen (admins)', readReason)
    .option('--while-firing <reason>', 'although a critical alert fires', readReason)
    .addOption(
      new Option('--only <version>', 'only when this version is staged: for pipelines')
        .argParser(readVersion)
        .conflicts('dryRun'),
    )
    .addOption(waitOption().conflicts('dryRun'))
    .action((service: string, { dryRun, wait, only, ...given }: PromoteOptions) =>
      dryRun
        ? runVerb(async () => (await import('./dry-promote.ts')).dryPromote(service, overridesOf(given)))
        : run({ verb: 'promote', service, ...overridesOf(given), ...(only !== undefined && { only }) }, wait),
    );

  const lock = verb(program, 'lock', 'stop stage and promote of a service for a while', [
    'lock checkout --for 2h database migration',
  ])
    .argument('<reason...>', 'why')
    .option('--for <duration>', 'how long, 7d at most (default: 8h)', readLockFor)
    .option('--replace', 'replace a lock that you hold for another reason')
    .action((service: string, words: string[], { for: forMs, replace }: { for?: number; replace?: true }) =>
      run({
        verb: 'lock',
        service,
        reason: reasonOf(lock, words) ?? '',
        ...(forMs !== undefined && { forMs }),
        ...(replace && { replace }),
      }),
    );

  verb(program, 'unlock', 'let releases of a service go on', [
    'unlock checkout',
    'unlock checkout --only "database migration"',
  ])
    .option(
      '--only <reason>',
      'only when it is locked for this reason: for the last step of a pipeline',
      readReason,
    )
    .action((service: string, { only }: { only?: string }) =>
      run({ verb: 'unlock', service, ...(only !== undefined && { only }) }),
    );
}

interface RevertOptions {
  force?: string | true;
  breakGlass?: string;
  to?: 'blue' | 'green';
  expect?: string;
}

/** Adds `revert`. */
export function addRevert(program: Command): void {
  const revert = verb(
    program,
    'revert',
    'go back to the color that was live before',
    [
      'revert checkout errors since the switch',
      'revert checkout --force "the check itself is broken"',
      'revert checkout --break-glass "Redis is down and green is on fire"',
    ],
    carriedOutHere,
  )
    .argument('[reason...]', 'why')
    .option('--force [reason]', 'without asking whether the color to go back to is well')
    .option(
      '--break-glass <reason>',
      'when Redis is away, or the record cannot be read: move the router without it',
      readReasonToGoBack,
    )
    .addOption(
      new Option('--to <color>', 'with --break-glass: the color, when the router does not say one').choices([
        'blue',
        'green',
      ]),
    )
    .option('--expect <version>', 'with --break-glass: the version that the color must report', readVersion)
    .action((service: string, words: string[], options: RevertOptions) => {
      const { breakGlass, to, expect, force } = options;
      const wrong = (why: string): never => revert.error(`error: ${why}`, { exitCode: exitCodes.mistake });
      const reason = reasonOf(revert, words, readReasonToGoBack);
      if (breakGlass !== undefined) {
        if (reason !== undefined || typeof force === 'string')
          return wrong('give one reason; quote it after --break-glass');
        const more = { ...(to && { to }), ...(expect !== undefined && { expect }) };
        return runVerb(async () =>
          (await import('./break-glass.ts')).breakGlass({
            service,
            reason: breakGlass,
            force: force === true,
            ...more,
          }),
        );
      }
      if (to !== undefined || expect !== undefined) return wrong('--to and --expect go with --break-glass');
      if (force === undefined)
        return run({ verb: 'revert', service, ...(reason !== undefined && { reason }) });
      if (force === true || reason !== undefined) return wrong('give one reason; quote it after --force');
      return run({ verb: 'revert', service, force: reasonOf(revert, [force], readReasonToGoBack) ?? '' });
    });
}
