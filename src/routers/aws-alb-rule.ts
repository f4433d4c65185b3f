/** Reads and changes the actions of a rule, or of a listener, with two target groups. Pure. */
import type { Action, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';
import { oneLineText } from '../net/answer-path.ts';
import type { Color } from '../release/color.ts';
import type { Repairable } from '../release/ports.ts';

/** The target groups of the colors, by ARN. */
export type TargetGroupArns = Readonly<Record<Color, string>>;

/** Where actions send requests. `says`: words that follow "it"; equal words mean equal traffic. */
export interface RuleReading extends Repairable {
  heading: Color | 'unknown';
  says: string;
  /** Requests of one client stay with one target group, even when the other color is live. */
  sticky: boolean;
  /** The colors whose group is in the action. */
  attached: readonly Color[];
  /** False: no action can hold the two groups alone. */
  ours: boolean;
}

const colors = ['blue', 'green'] as const;

/** Reads the actions of a rule or a listener. */
export function readActions(actions: readonly Action[] | undefined, groups: TargetGroupArns): RuleReading {
  const forward = actions?.find(({ Type }) => Type === 'forward');
  const nothing = { heading: 'unknown', sticky: false, attached: [], ours: false } as const;
  if (forward === undefined) {
    const types = (actions ?? []).map(({ Type }) => oneLineText(`${Type}`, 40)).join(', ');
    return {
      ...nothing,
      says: `forwards to no target group (${types === '' ? 'no action' : types})`,
      repair: 'give it a forward action to the target groups of both colors',
    };
  }
  const tuples = tuplesOf(forward);
  const weights = tuples.map(({ Weight = 1 }) => Weight);
  const sent = tuples.filter((_, i) => weights[i] !== 0);
  const colorOf = (arn: string | undefined): Color | undefined =>
    colors.find((color) => groups[color] === arn);
  const strangers = tuples.filter(({ TargetGroupArn }) => colorOf(TargetGroupArn) === undefined);
  const attached = colors.filter((color) =>
    tuples.some(({ TargetGroupArn }) => TargetGroupArn === groups[color]),
  );
  const sticky = forward.ForwardConfig?.TargetGroupStickinessConfig?.Enabled === true;
  const [only] = sent;
  const heading = strangers.length === 0 && sent.length === 1 ? colorOf(only?.TargetGroupArn) : undefined;
  if (heading !== undefined) return { heading, says: allTo(groups[heading]), sticky, attached, ours: true };
  const each = tuples.map(({ TargetGroupArn }, i) => `${weights[i]} to ${targetGroupName(TargetGroupArn)}`);
  const others = strangers.map(({ TargetGroupArn }) => targetGroupName(TargetGroupArn));
  const known =
    others.length === 0
      ? ''
      : `; ${others.join(' and ')} ${others.length === 1 ? 'is' : 'are'} not in targetGroups`;
  return {
    heading: 'unknown',
    says: tuples.length === 0 ? 'forwards to no target group' : `forwards ${each.join(' and ')}${known}`,
    sticky,
    attached,
    ours: strangers.length === 0,
    ...(others.length > 0 && { repair: `take ${others.join(' and ')} out of the forward action` }),
  };
}

/** The actions with all traffic to `color`. Both groups stay in the forward action; everything else is unchanged. */
export function withColor(actions: readonly Action[], groups: TargetGroupArns, color: Color): Action[] {
  return actions.map((action) => {
    if (action.Type === 'authenticate-oidc' && action.AuthenticateOidcConfig)
      // Answers omit the secret: without this, AWS requires it again.
      return {
        ...action,
        AuthenticateOidcConfig: { ...action.AuthenticateOidcConfig, UseExistingClientSecret: true },
      };
    if (action.Type !== 'forward') return action;
    const { TargetGroupArn: _single, ...rest } = action;
    const order = tuplesOf(action).map(({ TargetGroupArn }) => TargetGroupArn);
    for (const each of colors) if (!order.includes(groups[each])) order.push(groups[each]);
    const TargetGroups = order.map((arn) => ({
      TargetGroupArn: arn,
      Weight: arn === groups[color] ? 100 : 0,
    }));
    return { ...rest, ForwardConfig: { ...action.ForwardConfig, TargetGroups } };
  });
}

/** Words for a forward action with all traffic to one target group. */
export function allTo(arn: string): string {
  return `forwards all to ${targetGroupName(arn)}`;
}

function tuplesOf({ ForwardConfig, TargetGroupArn }: Action): TargetGroupTuple[] {
  const { TargetGroups = [] } = ForwardConfig ?? {};
  return TargetGroups.length > 0 || TargetGroupArn === undefined ? TargetGroups : [{ TargetGroupArn }];
}

/** The name of a target group, from its ARN. */
export function targetGroupName(arn: string | undefined): string {
  return oneLineText(/:targetgroup\/([^/]+)\//.exec(arn ?? '')?.[1] ?? arn ?? 'no target group', 64);
}
