import type { Command } from 'commander';
import { nearest } from '../text/did-you-mean.ts';
import { exitCodes } from './exit-codes.ts';
import { asJson } from './output.ts';
import { fail } from './print.ts';

/** Explains a mistyped command in plain words instead of the parser's. */
export function explainMistakes(program: Command): void {
  const help = 'switchback --help lists all verbs; switchback <verb> --help shows how to use one.';
  program.configureOutput({
    outputError: (text, write) => {
      const said = text.replace(
        /^error: command-argument value '(.*)' is invalid for argument '(.*?)'\./s,
        (_, value: string, name: string) => `error: '${value}' cannot be the ${name}.`,
      );
      if (!asJson) return write(said);
      const message = said.replace(/^error: /, '').trim();
      fail(exitCodes.mistake, { code: 'bad-arguments', message: [message], next: [help] });
    },
  });
  if (!asJson) program.showHelpAfterError(help);
  program.on('command:*', ([typed = '']: string[]) => {
    const names = program.commands.map((command) => command.name());
    const near = nearest(typed, names);
    const meant = near === undefined ? '' : ` Did you mean ${near}?`;
    program.error(`error: there is no verb '${typed}'.${meant} There are: ${names.join(', ')}.`, {
      exitCode: exitCodes.mistake,
    });
  });
}
