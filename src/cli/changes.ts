/** The verbs that change something: each is one command, with the same gates and records as in Slack. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { line } from '../release/line.ts';
import { descriptions } from '../release/verbs/index.ts';
import { optionName } from '../release/verbs/verb.ts';
import type { Description, Option as OptionOf } from '../release/verbs/verb.ts';
import {
  readDuration,
  readReason,
  readReasonToGoBack,
  readService,
  readVersion,
  readWait,
} from './arguments.ts';
import type { AskedOfAlert } from './alert-change.ts';
import type { ChangeFields } from './change.ts';
import { exitCodes, exitHelp, waitHelp } from './exit-codes.ts';
import { insteads } from './instead.ts';
import { runVerb } from './run-verb.ts';

/** Help text of verbs that this process carries out. */
const carriedOutHere =
  'This command carries it out, so the bot’s metrics do not count it; the history has it.';

/** Adds every verb that can be typed. */
export function addChanges(program: Command): void {
  for (const verb of descriptions) if (verb.usage !== undefined) addChange(program, verb);
}

function addChange(program: Command, verb: Description): void {
  const { name, summary, subject, argument, waits, note, begins, examples } = verb;
  const command = program
    .command(name)
    .description(`${summary.slice(0, 1).toLowerCase()}${summary.slice(1).replace(/\.$/, '')}`);
  if (subject === 'alert')
    command.argument('<alert...>', 'the id on its message, or a service and words of the title');
  else command.argument('<service>', 'a service', readService);
  if (argument?.kind === 'version') command.argument('<version>', 'the version', readVersion);
  if (argument?.kind === 'reason') command.argument(argument.required ? '<reason...>' : '[reason...]', 'why');
  for (const [field, option] of Object.entries(verb.options)) addOption(command, verb, field, option);
  for (const [option, { kind, says }] of Object.entries(verb.instead ?? {}))
    if (kind === 'flag') command.option(`--${option}`, says);
    else insteads[option]?.adds?.(command, says);
  if (waits)
    command.addOption(
      new Option('--wait <duration>', 'wait in line for a turn, at most this long')
        .argParser(readWait)
        .conflicts('dryRun'),
    );
  const more = [note, begins && carriedOutHere, waits && waitHelp].filter((text) => text !== undefined);
  const shown = examples.map((example) => `\n  $ switchback ${example}`).join('');
  command
    .option('--json', 'what became of it as JSON')
    .addHelpText(
      'after',
      `${more.map((text) => `\n${text}`).join('')}${more.length > 0 ? '\n' : ''}\n${exitHelp}\n\nExample${examples.length > 1 ? 's' : ''}:${shown}`,
    )
    .action(() => act(command, verb));
}

function addOption(command: Command, verb: Description, field: string, option: OptionOf): void {
  if (option.only === 'button') return;
  const says = option.needs === undefined ? option.says : `${option.says} (${option.needs}s)`;
  const added = new Option(`--${optionName(field, option)}${valueOf(verb, option)}`, says);
  // Commander takes each option that begins with `--no-` for the opposite of another one.
  added.negate = false;
  const reader = readerOf(verb, option);
  if (reader) added.argParser(reader);
  command.addOption(option.only === 'terminal' ? added.conflicts('dryRun') : added);
}

function valueOf(verb: Description, { kind }: OptionOf): string {
  switch (kind) {
    case 'flag':
      return '';
    case 'duration':
    case 'version':
      return ` <${kind}>`;
    case 'reason':
      // With break-glass it has no reason of its own.
      return verb.instead?.['break-glass'] ? ' [reason]' : ' <reason>';
    default:
      return kind satisfies never;
  }
}

function readerOf(
  { forgiving }: Description,
  { kind, mostMs = Infinity }: OptionOf,
): ((text: string) => unknown) | undefined {
  switch (kind) {
    case 'flag':
      return undefined;
    case 'duration':
      return readDuration(mostMs);
    case 'version':
      return readVersion;
    case 'reason':
      return forgiving ? readReasonToGoBack : readReason;
    default:
      return kind satisfies never;
  }
}

/** Carries out what was typed. */
function act(command: Command, verb: Description): Promise<void> {
  const about = verb.subject === 'alert';
  const [service = '', typed] = (about ? ['', ...command.processedArgs] : command.processedArgs) as [
    string?,
    (string | string[])?,
  ];
  const given = command.opts<Record<string, unknown>>();
  const wrong = (why: string): never => command.error(`error: ${why}`, { exitCode: exitCodes.mistake });
  const text = Array.isArray(typed) ? reasonOf(verb, typed, wrong) : typed;
  const instead = Object.keys(verb.instead ?? {}).find((name) => given[camel(name)] !== undefined);
  if (instead !== undefined)
    return insteads[instead]?.run({ service, reason: text, given, wrong }) ?? wrong('');
  if (given['to'] !== undefined || given['expect'] !== undefined)
    return wrong('--to and --expect go with --break-glass');
  const fields: Record<string, unknown> = {};
  if (verb.argument && text !== undefined) fields[verb.argument.field] = text;
  for (const [field, option] of Object.entries(verb.options)) {
    const value = given[camel(optionName(field, option))];
    if (value === undefined) continue;
    const two = verb.argument?.kind === 'reason' && text !== undefined;
    if (option.kind === 'reason' && (two || value === true))
      return wrong(`give one reason; quote it after --${optionName(field, option)}`);
    fields[field] = value;
  }
  if (about)
    return runVerb(async () =>
      (await import('./alert-change.ts')).alertChange({ ...fields, verb: verb.name } as AskedOfAlert),
    );
  const asked = { ...fields, verb: verb.name, service } as ChangeFields;
  const wait = given['wait'] as number | undefined;
  return runVerb(async () => (await import('./change.ts')).change(asked, wait), whenAway(asked));
}

/** Advice for when the storage does not answer. */
function whenAway({
  verb,
  service,
}: Pick<ChangeFields, 'verb' | 'service'>): ReturnType<typeof line> | undefined {
  if (verb !== 'revert') return undefined;
  return line`If it stays unavailable and traffic must go back: switchback revert ${service} --break-glass <reason> moves the router without it.`;
}

/** Joins the words of a reason that the shell has split; undefined when there are none. */
function reasonOf(
  { forgiving }: Description,
  words: readonly string[],
  wrong: (why: string) => never,
): string | undefined {
  if (words.length === 0) return undefined;
  try {
    return (forgiving ? readReasonToGoBack : readReason)(words.join(' '));
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    return wrong(`the reason is invalid. ${cause.message}`);
  }
}

/** The name of an option as commander has it. */
function camel(name: string): string {
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
