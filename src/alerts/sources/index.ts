import { z } from 'zod';
import type { Source } from '../source.ts';
import { alertmanager, alertmanagerOptions } from './alertmanager.ts';
import { generic, genericOptions } from './generic.ts';
import { grafana, grafanaOptions } from './grafana.ts';

/** Options of one source of alerts, by `kind`. */
export const alertSourceOptions = z.discriminatedUnion('kind', [
  alertmanagerOptions,
  grafanaOptions,
  genericOptions,
]);

/** The options of one source of alerts, parsed. */
export type AlertSource = z.output<typeof alertSourceOptions>;

/** Makes the source of these options. */
export function makeSource(options: AlertSource): Source {
  switch (options.kind) {
    case 'alertmanager':
      return alertmanager(options);
    case 'grafana':
      return grafana(options);
    case 'generic':
      return generic(options);
    default:
      return options satisfies never;
  }
}
