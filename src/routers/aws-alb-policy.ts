import type { AlbAction } from './aws-alb-client.ts';
import type { AlbRouterOptions } from './aws-alb-options.ts';

/** A policy of IAM. */
export interface Policy {
  Version: '2012-10-17';
  Statement: { Sid: string; Effect: 'Allow'; Action: string[]; Resource: string | string[] }[];
}

/**
 * The smallest policy for these routers. Reads of Elastic Load Balancing cannot be limited to a resource; changes are
 * allowed only for the switched rules and listeners.
 */
export function policyOf(routers: readonly AlbRouterOptions[]): Policy {
  const rules = [...new Set(routers.flatMap(({ rule }) => rule ?? []))];
  const listeners = [...new Set(routers.flatMap(({ listener }) => listener ?? []))];
  const asked: AlbAction[] = [
    ...(rules.length > 0 ? (['DescribeRules'] as const) : []),
    ...(listeners.length > 0 ? (['DescribeListeners'] as const) : []),
    'DescribeTargetHealth',
  ];
  const allow = (Sid: string, actions: readonly AlbAction[], Resource: string | string[]) => ({
    Sid,
    Effect: 'Allow' as const,
    Action: actions.map((action) => `elasticloadbalancing:${action}`),
    Resource,
  });
  return {
    Version: '2012-10-17',
    Statement: [
      allow('SwitchbackAsks', asked, '*'),
      ...(rules.length > 0 ? [allow('SwitchbackSwitchesRules', ['ModifyRule'], rules)] : []),
      ...(listeners.length > 0 ? [allow('SwitchbackSwitchesListeners', ['ModifyListener'], listeners)] : []),
    ],
  };
}
