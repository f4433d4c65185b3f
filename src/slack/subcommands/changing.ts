/** The verbs that change something, as they are typed: made from what `release/verbs/` says about each. */
import { isNamedElsewhere } from '../../release/configurations.ts';
import { formatDuration, parseDuration } from '../../release/duration.ts';
import { overridesOf } from '../../release/command.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { AlertCommand, Command } from '../../release/verbs/index.ts';
import { optionName } from '../../release/verbs/verb.ts';
import type { Description, Option } from '../../release/verbs/verb.ts';
import { dryRun, gateLines } from '../../text/gate-lines.ts';
import { serviceNames, unknownService } from '../../text/known-service.ts';
import { loadView } from '../../text/load-view.ts';
import type { OptionKind } from '../options.ts';
import type { Args } from '../parse-command.ts';
import { answerReply, refusalReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Context, Subcommand } from './subcommand.ts';

/** The subcommand of a verb; undefined: it is only a button. */
export function changing(verb: Description): Subcommand[] {
  const { name, usage, argument, examples, roles, summary } = verb;
  if (usage === undefined) return [];
  const options = Object.entries(verb.options).map(([field, one]) => [optionName(field, one), one] as const);
  const kinds = [...options, ...Object.entries(verb.instead ?? {})].flatMap(([option, { kind, only }]) =>
    only !== undefined ? [] : [[option, kind as OptionKind] as const],
  );
  return [
    {
      verb: name,
      usage,
      service: verb.subject === 'alert' ? 'none' : 'required',
      ...(argument && { rest: argument.kind, restRequired: argument.required === true }),
      options: Object.fromEntries(kinds),
      forgiving: verb.forgiving === true,
      summary,
      example: examples[0] ?? usage,
      roles,
      run(args, context) {
        const service = args.service ?? '';
        if (args.options.has('dry-run')) return runDry(service, args, context);
        const fields = fieldsOf(verb, args);
        if ('wrong' in fields)
          return Promise.resolve(
            refusalReply({
              code: 'bad-arguments',
              why: fields.wrong,
              next: line`Usage: ${{ code: usage }}`,
            }),
          );
        return submitChange(context, { ...fields.given, verb: name, service } as Asked);
      },
    },
  ];
}

/** The fields of the command that were typed. */
function fieldsOf(
  { argument, options }: Description,
  args: Args,
): { given: Record<string, string | number | true> } | { wrong: Line } {
  const given: Record<string, string | number | true> = {};
  if (argument && args.rest !== '') given[argument.field] = args.rest;
  for (const [field, option] of Object.entries(options)) {
    const text = args.options.get(optionName(field, option));
    if (text === undefined) continue;
    const value = option.kind === 'flag' ? true : option.kind === 'duration' ? lasting(text, option) : text;
    if (typeof value === 'object') return value;
    given[field] = value;
  }
  return { given };
}

/** A duration, ms. */
function lasting(text: string, { mostMs = Infinity }: Pick<Option, 'mostMs'>): number | { wrong: Line } {
  const ms = parseDuration(text.toLowerCase());
  if (ms === undefined || ms === 0)
    return {
      wrong: line`${{ code: text }} is not a duration such as ${{ code: '30m' }}, ${{ code: '2h' }} or ${{ code: '3d' }}.`,
    };
  if (ms > mostMs) return { wrong: line`${{ code: text }} is too long: at most ${formatDuration(mostMs)}.` };
  return ms;
}

/** A promote that submits nothing: its gates, for this person, now. */
async function runDry(service: string, { options }: Args, context: Context): Promise<Reply> {
  const found = await loadView(service, context);
  if ('refusal' in found) return refusalReply(found.refusal);
  const overrides = overridesOf({
    duringFreeze: options.get('during-freeze'),
    whileFiring: options.get('while-firing'),
    despiteDiff: options.get('despite-diff'),
  });
  const { promote: gates } = await context.inspect(service, context.actor, overrides);
  return { lines: [dryRun(service, gates).text, ...gateLines(gates)] };
}

type Asked<C = Command | AlertCommand> = C extends Command | AlertCommand
  ? Omit<C, 'actor' | 'marks' | 'press'>
  : never;

/** Submits a changing command in the name of its sender. */
async function submitChange(context: Context, asked: Asked): Promise<Reply> {
  const { actor, marks } = context;
  const answer = await context.submit({ ...asked, actor, marks });
  if (!answer.ok && answer.refusal.code === 'unknown-service') {
    const names = await serviceNames(context);
    // For a service that left the file, the answer says which verbs remain.
    const isElsewhereToo = await isNamedElsewhere(context.store, asked.service);
    if (!names.includes(asked.service) && !isElsewhereToo)
      return { ...refusalReply(unknownService(asked.service, names, asked.verb)), submitted: true };
  }
  return answerReply(answer);
}
