/** The verbs as docs/commands.md and docs/command-line.md show them; `machine-tables.ts` writes them there. */
import { descriptions } from '../src/release/verbs/index.ts';
import { optionName } from '../src/release/verbs/verb.ts';
import { subcommands } from '../src/slack/subcommands/index.ts';

/** What each option of Slack does, as sentences. */
function optionsOf(verb: string): string[] {
  const found = descriptions.find(({ name }) => name === verb);
  const options = Object.entries({ ...found?.options, ...found?.instead });
  return options.flatMap(([field, one]) =>
    one.only === undefined
      ? [`\`--${optionName(field, one)}\`: ${one.says}${one.needs ? ` (${one.needs})` : ''}.`]
      : [],
  );
}

/** A row for each command of Slack: how it is typed, what it does, who may. */
export const commandRows: readonly (readonly string[])[] = subcommands.map(
  ({ verb, usage, summary, roles }) => [
    usage
      .split(' | ')
      .map((one) => `\`${one}\``)
      .join(', '),
    [summary, ...optionsOf(verb)].join(' '),
    roles.length === 0 ? 'anyone' : roles.join(' or '),
  ],
);

/** Every example of the command line, under what each verb does. */
export const exampleLines: readonly string[] = descriptions.flatMap(({ summary, examples }) =>
  examples.length === 0 ? [] : [`# ${summary}`, ...examples.map((one) => `switchback ${one}`)],
);
