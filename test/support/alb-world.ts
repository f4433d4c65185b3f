import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { vi } from 'vitest';
import { makeAlb } from '../../src/routers/aws-alb-client.ts';
import type { Alb } from '../../src/routers/aws-alb-client.ts';
import { albRouter } from '../../src/routers/aws-alb.ts';
import { albRouterOptions } from '../../src/routers/aws-alb-options.ts';
import type { Router } from '../../src/release/ports.ts';
import type { Color } from '../../src/release/color.ts';
import { forward } from './elb.ts';
import type { Elb } from './elb.ts';

/** A service's rule on the double, and routers for it. */
export interface AlbService {
  rule: string;
  listener: string;
  blue: string;
  green: string;
  /** A forward action with all traffic to a color. */
  all(color: Color): Action;
  /** The settings of its router as a person writes them; `by`: what of it is switched. */
  settings(by?: 'rule' | 'listener'): Record<string, unknown>;
  /** A router as a process makes it when it starts; its client is shared unless `alb` is given. */
  router(by?: 'rule' | 'listener', alb?: Alb): Router;
}

/** Lets this process reach the double as its AWS, and adds a service to it. */
export function albService(elb: Elb, name = 'checkout'): AlbService {
  for (const [key, value] of Object.entries(elb.env)) vi.stubEnv(key, value);
  const [blue, green] = [elb.group(`${name}-blue`), elb.group(`${name}-green`)];
  const { rule, listener } = elb.addRule(name);
  const client = makeAlb(elb.region);
  const settings = (by: 'rule' | 'listener' = 'rule') => ({
    kind: 'aws-alb',
    region: elb.region,
    [by]: by === 'rule' ? rule : listener,
    targetGroups: { blue, green },
  });
  return {
    rule,
    listener,
    blue,
    green,
    all: (color) => forward({ [blue]: color === 'blue' ? 100 : 0, [green]: color === 'green' ? 100 : 0 }),
    settings,
    router: (by, alb = client) => albRouter(albRouterOptions.parse(settings(by)), alb),
  };
}
