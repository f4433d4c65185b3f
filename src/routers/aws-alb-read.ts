/** Reads rules and listeners from the API. */
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RouterAnswer } from '../release/ports.ts';
import type { Alb, AlbOptions } from './aws-alb-client.ts';
import type { AlbFailure } from './aws-alb-errors.ts';
import type { AlbRouterOptions } from './aws-alb-options.ts';
import { readActions } from './aws-alb-rule.ts';

/** Most rules or listeners in one call. */
const together = 20;

/** What a service switches: a rule, or the default action of a listener. */
export type AlbPlace = Pick<AlbRouterOptions, 'rule' | 'listener'>;

/** The actions of a place. `fixed`: why they cannot be changed there, and what to repair. */
export type FoundActions =
  | { ok: true; actions: Action[]; fixed?: { detail: string; repair: string } }
  | { ok: false; failure: AlbFailure };

/** The place's name for people. */
export function instanceOf({ rule, listener }: AlbPlace): string {
  const parts = (rule ?? listener ?? '').split('/');
  return rule === undefined
    ? `ALB ${parts[2]}, listener ${parts.at(-1)}`
    : `ALB ${parts[2]}, rule ${parts.at(-1)}`;
}

/** The kind of place, for people. */
export function whatOf({ rule }: AlbPlace): 'rule' | 'listener' {
  return rule === undefined ? 'listener' : 'rule';
}

/** Reads places of one region, 20 of a kind in one call; one by one where AWS does not know one of them. */
export async function readPlaces(
  alb: Alb,
  places: readonly AlbPlace[],
  how: AlbOptions,
): Promise<Map<string, FoundActions>> {
  const rules = places.flatMap(({ rule }) => rule ?? []);
  const listeners = places.flatMap(({ listener }) => listener ?? []);
  const found = await Promise.all([
    ...batches(rules).map((arns) => askRules(alb, arns, how)),
    ...batches(listeners).map((arns) => askListeners(alb, arns, how)),
  ]);
  return new Map(found.flatMap((each) => [...each]));
}

/** Reads one place. */
export async function readPlace(alb: Alb, place: AlbPlace, how: AlbOptions): Promise<FoundActions> {
  const found = await readPlaces(alb, [place], how);
  return found.get(place.rule ?? place.listener ?? '') ?? missing(whatOf(place));
}

/** The router's answer from such a place. */
export function answerOf(
  options: Pick<AlbRouterOptions, 'rule' | 'listener' | 'targetGroups'>,
  found: FoundActions | undefined,
): RouterAnswer {
  const instance = instanceOf(options);
  const what = whatOf(options);
  const { ok, ...told } = found ?? missing(what);
  if (!ok && 'failure' in told) {
    const { why, detail } = told.failure;
    const silent = why === 'unreachable' || why === 'unclear';
    return { instance, heading: silent ? 'unreachable' : 'unknown', detail };
  }
  const { heading, says, repair } = readActions('actions' in told ? told.actions : [], options.targetGroups);
  if (heading !== 'unknown') return { instance, heading };
  return { instance, heading, detail: `the ${what} ${says}`, repair };
}

async function askRules(alb: Alb, arns: string[], how: AlbOptions): Promise<[string, FoundActions][]> {
  const said = await alb.ask('DescribeRules', { RuleArns: arns }, how);
  if (!said.ok) return separately(alb, arns, 'RuleNotFound', said, how, askRules);
  const rules = new Map(said.output.Rules?.map((rule) => [rule.RuleArn, rule]));
  return arns.map((arn) => {
    const rule = rules.get(arn);
    if (rule === undefined) return [arn, missing('rule')];
    const fixed = {
      detail: 'this is the default rule of its listener, which cannot be changed as a rule in AWS',
      repair: 'name its listener in router.listener',
    };
    return [arn, { ok: true, actions: rule.Actions ?? [], ...(rule.IsDefault === true && { fixed }) }];
  });
}

async function askListeners(alb: Alb, arns: string[], how: AlbOptions): Promise<[string, FoundActions][]> {
  const said = await alb.ask('DescribeListeners', { ListenerArns: arns }, how);
  if (!said.ok) return separately(alb, arns, 'ListenerNotFound', said, how, askListeners);
  const listeners = new Map(said.output.Listeners?.map((listener) => [listener.ListenerArn, listener]));
  return arns.map((arn) => {
    const listener = listeners.get(arn);
    return [arn, listener ? { ok: true, actions: listener.DefaultActions ?? [] } : missing('listener')];
  });
}

/** Reads places one by one: an unknown one fails a shared call. */
async function separately(
  alb: Alb,
  arns: readonly string[],
  code: string,
  failure: AlbFailure,
  how: AlbOptions,
  ask: typeof askRules,
): Promise<[string, FoundActions][]> {
  if (arns.length > 1 && failure.code?.startsWith(code) === true)
    return (await Promise.all(arns.map((arn) => ask(alb, [arn], how)))).flat();
  return arns.map((arn) => [arn, { ok: false, failure }]);
}

function missing(what: 'rule' | 'listener'): FoundActions {
  return { ok: false, failure: { ok: false, why: 'refused', detail: `AWS says nothing about this ${what}` } };
}

function batches(arns: readonly string[]): string[][] {
  const all = [...new Set(arns)];
  return Array.from({ length: Math.ceil(all.length / together) }, (_, i) =>
    all.slice(i * together, (i + 1) * together),
  );
}
