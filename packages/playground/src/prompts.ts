import { descriptions } from '../../../src/release/verbs/index.ts';
import type { Description } from '../../../src/release/verbs/verb.ts';
import { subcommands } from '../../../src/slack/subcommands/index.ts';
import { castOf } from './people.ts';
import { faults } from './faults.ts';
import type { Game, Prompt } from './prompt-context.ts';
import { pressByName } from './press.ts';
import { submitModal } from './submit-modal.ts';
import { channel } from './playground.ts';
import { waitFor, waitMs } from './wait.ts';

/** The commands of the prompt, by their first word, in the order of `help`. */
export const prompts: Readonly<Record<string, Prompt>> = {
  '/release': slash('/release <verb> …', 'what a person types in Slack; /release help lists the verbs'),
  ...Object.fromEntries(descriptions.filter(({ short }) => short).map(shortForm)),
  '@switchback': {
    usage: '@switchback <verb> …',
    does: 'the same as a mention',
    acts: true,
    run: async (rest, { town, who }) => void (await town.workspace.person(who).mentions(channel, rest)),
  },
  press: {
    usage: 'press <button> [yes]',
    does: 'press a button, by its label or action id, on the newest message that has it; of a select: press Silence… 30 min',
    acts: true,
    run: pressByName,
  },
  submit: {
    usage: 'submit <text>',
    does: 'fill in the open modal and send it',
    acts: true,
    run: async (rest, game) => game.print(await submitModal(rest, game)),
  },
  as: {
    usage: 'as <person>',
    does: 'act as another person',
    run(rest, game) {
      game.who = game.town.workspace.world.user(rest).name;
    },
  },
  people: {
    usage: 'people',
    does: 'list the people and their roles',
    run: (_rest, { town, who, print }) => print(castOf(town.workspace.world, who)),
  },
  show: {
    usage: 'show',
    does: `draw ${channel} again, with its threads`,
    run: (_rest, { town, print }) => print(town.workspace.transcript(channel)),
  },
  wait: {
    usage: 'wait <words>',
    does: `wait until a message, a change or a modal since the last action shows these words; up to ${waitMs / 1000} s`,
    run: waitFor,
  },
  ...faults,
  help: { usage: 'help', does: 'show this list', run: (_rest, { print }) => print(help()) },
  quit: { usage: 'quit', does: 'end the playground; Ctrl-C too', run: () => undefined },
};

/** The list of commands. */
export function help(): string {
  const all = Object.values(prompts);
  const width = Math.max(...all.map(({ usage }) => usage.length));
  return all.map(({ usage, does }) => `  ${usage.padEnd(width)}  ${does}`).join('\n');
}

/** Runs one line. Throws an `Error` with words for the player. */
export async function carryOut(line: string, game: Game): Promise<void> {
  const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line.trim()) ?? [];
  if (word === '' || word.startsWith('#')) return;
  const prompt = Object.hasOwn(prompts, word) ? prompts[word] : undefined;
  if (!prompt) throw new Error(`There is no "${word}" here; ${likely(word, rest)}`);
  if (prompt.acts) game.feed.mark(game.who);
  await prompt.run(rest, game);
  game.feed.flush();
}

/** A suggestion for an unknown word: a verb without its slash, perhaps. */
function likely(word: string, rest: string): string {
  const line = [word, rest].filter(Boolean).join(' ');
  if (Object.hasOwn(prompts, `/${word}`)) return `did you mean "/${line}"?`;
  if (subcommands.some(({ usage }) => usage.split(' ')[0] === word))
    return `did you mean "/release ${line}"?`;
  return 'help lists all commands.';
}

/** The command of its own that a verb has. */
function shortForm({ name, examples: [example = name] }: Description): [string, Prompt] {
  const usage = example.replace('checkout', 'demo');
  return [`/${name}`, slash(`/${usage}`, `short for /release ${name}`)];
}

function slash(usage: string, does: string): Prompt {
  const [command = ''] = usage.split(' ');
  return {
    usage,
    does,
    acts: true,
    run: async (rest, { town, who }) =>
      void (await town.workspace.person(who).types(channel, `${command} ${rest}`)),
  };
}
