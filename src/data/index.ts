import { z } from 'zod';
import type { Data } from '../release/data.ts';
import { dataHook, dataHookOptions } from './hook.ts';
import { postgresLogical } from './postgres-logical.ts';
import { postgresOptions } from './postgres-options.ts';

/** Options of the databases of a service, by `kind`. */
export const dataOptions = z.discriminatedUnion('kind', [postgresOptions, dataHookOptions]);

/** They, parsed. */
export type DataOptions = z.output<typeof dataOptions>;

/** Makes the databases of a service. */
export function makeData(service: string, options: DataOptions): Data {
  switch (options.kind) {
    case 'postgres-logical':
      return postgresLogical(options);
    case 'hook':
      return dataHook(service, options);
    default:
      return options satisfies never;
  }
}
