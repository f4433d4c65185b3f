/** What the command line does in place of a command, by the option that asks for it. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { overridesOf } from '../release/command.ts';
import { readReasonToGoBack, readVersion } from './arguments.ts';
import { runVerb } from './run-verb.ts';

/** What was typed: `given` by the names of the options in camel case. `wrong` ends the process. */
export interface Typed {
  service: string;
  reason: string | undefined;
  given: Readonly<Record<string, unknown>>;
  wrong: (why: string) => never;
}

/** One such option; `adds`: the options that go with it. */
interface Instead {
  adds?: (command: Command, says: string) => void;
  run(typed: Typed): Promise<void>;
}

/** All of them, by name. */
export const insteads: Readonly<Record<string, Instead>> = {
  'dry-run': {
    run: ({ service, given }) =>
      runVerb(async () => (await import('./dry-promote.ts')).dryPromote(service, overridesOf(given))),
  },
  'break-glass': {
    adds(command, says) {
      command
        .addOption(new Option('--break-glass <reason>', says).argParser(readReasonToGoBack))
        .addOption(
          new Option(
            '--to <color>',
            'with --break-glass: the color, when the router does not name one',
          ).choices(['blue', 'green']),
        )
        .addOption(
          new Option(
            '--expect <version>',
            'with --break-glass: the version that the color must report',
          ).argParser(readVersion),
        );
    },
    run({ service, reason, given, wrong }) {
      const { breakGlass, force, to, expect } = given as {
        breakGlass: string;
        force?: string | true;
        to?: 'blue' | 'green';
        expect?: string;
      };
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
    },
  },
};
