import type { Command } from 'commander';
import { nearest } from '../slack/nearest.ts';
import { exit } from './exit.ts';

/** Says of mistyped commands what there is, in the words of people and not of the parser. */
export function explainMistakes(program: Command): void {
  program.configureOutput({
    outputError: (text, write) =>
      write(
        text.replace(
          /^error: command-argument value '(.*)' is invalid for argument '(.*?)'\./s,
          (_, value: string, name: string) => `error: '${value}' cannot be the ${name}.`,
        ),
      ),
  });
  program.showHelpAfterError(
    'switchback --help lists all verbs, switchback <verb> --help says what one takes.',
  );
  program.on('command:*', ([typed = '']: string[]) => {
    const names = program.commands.map((command) => command.name());
    const near = nearest(typed, names);
    const meant = near === undefined ? '' : ` Did you mean ${near}?`;
    program.error(`error: there is no verb '${typed}'.${meant} There are: ${names.join(', ')}.`, {
      exitCode: exit.mistake,
    });
  });
}
