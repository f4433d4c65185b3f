import { z } from 'zod';
import type { Resolve } from '../net/addresses.ts';
import type { HealthCheck } from '../release/ports.ts';
import { httpHealth, httpHealthOptions } from './http.ts';
import { prometheusHealthOptions } from './prometheus.ts';
import { tcpHealth, tcpHealthOptions } from './tcp.ts';
import type { ColorUrls } from './timing.ts';

/** Options of a check that asks a color itself, by `kind`. Durations are parsed to milliseconds. */
export const healthOptions = z.discriminatedUnion('kind', [httpHealthOptions, tcpHealthOptions]);
/** Options of one health check, by `kind`. */
export const anyHealthOptions = z.discriminatedUnion('kind', [healthOptions, prometheusHealthOptions]);

/** The options of a check that asks a color itself, parsed. */
export type HealthOptions = z.output<typeof healthOptions>;

/** Makes one configured check of a service's colors. `resolve`: looks their names up. */
export function makeHealth(options: HealthOptions, colors: ColorUrls, resolve?: Resolve): HealthCheck {
  switch (options.kind) {
    case 'http':
      return httpHealth(options, colors, resolve);
    case 'tcp':
      return tcpHealth(options, colors, resolve);
    default:
      return options satisfies never;
  }
}
