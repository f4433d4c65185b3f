import { z } from 'zod';
import type { Router } from '../release/ports.ts';
import { readOnlySchema } from '../release/settings.ts';
import { albRouter } from './aws-alb.ts';
import { albRouterOptions } from './aws-alb-options.ts';
import { caddyRouter, caddyRouterOptions } from './caddy.ts';
import { haproxyRouter } from './haproxy.ts';
import { haproxyRouterOptions } from './haproxy-options.ts';
import { httpRouter, httpRouterOptions } from './http.ts';
import { kubernetesRouter, kubernetesRouterOptions } from './kubernetes.ts';
import { nginxRouter } from './nginx.ts';
import { nginxRouterOptions } from './nginx-options.ts';
import { holdOptions } from './write-options.ts';

export { holdOptions };

/** Options of one service's router, by `kind`. */
export const routerOptions = z.discriminatedUnion('kind', [
  albRouterOptions,
  caddyRouterOptions,
  haproxyRouterOptions,
  httpRouterOptions,
  kubernetesRouterOptions,
  nginxRouterOptions,
]);

/** The options of one router, parsed. */
export type RouterOptions = z.output<typeof routerOptions>;

/** How writes of clients are treated while a router moves traffic. */
export const cutoverOptions = z.strictObject({
  writes: holdOptions.optional(),
  readOnly: readOnlySchema.optional(),
});
/** `cutover`, parsed. */
export type CutoverOptions = z.output<typeof cutoverOptions>;

/** Makes the router of a service. */
export function makeRouter(options: RouterOptions, { writes }: CutoverOptions = {}): Router {
  switch (options.kind) {
    case 'caddy':
      return caddyRouter(options, undefined, writes);
    case 'haproxy':
      return haproxyRouter(options, undefined, writes);
    case 'http':
      return httpRouter(options);
    case 'nginx':
      return nginxRouter(options, writes);
    case 'aws-alb':
      return albRouter(options);
    case 'kubernetes':
      return kubernetesRouter(options);
    default:
      return options satisfies never;
  }
}
