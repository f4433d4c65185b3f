import type { AlertSource } from '../options.ts';
import type { Source } from '../source.ts';
import { alertmanager } from './alertmanager.ts';
import { generic } from './generic.ts';
import { grafana } from './grafana.ts';

/** Every kind of sender, by its `kind` in the configuration. */
export const sources: Readonly<Record<AlertSource['kind'], Source>> = { alertmanager, grafana, generic };
