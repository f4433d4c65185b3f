/** Asks the colors about the database's schema, and keeps what they say. */
import { otherColor } from './color.ts';
import type { Color } from './color.ts';
import { addHistory, notify, showStep } from './draft.ts';
import type { Draft } from './draft.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import { noWayBackWords, tellNoWayBack } from './no-way-back.ts';
import type { Parts } from './parts.ts';
import type { Adapters } from './ports.ts';
import { newestRelease } from './release.ts';
import type { Release, ServiceRecord } from './release.ts';
import { fitOf, keptOf } from './schema.ts';
import type { SchemaLook } from './schema.ts';
import { withTimeout } from './with-timeout.ts';

/** How long both colors may take, ms. */
const askedMs = 1_000;
const actor = { kind: 'system', rule: 'schema' } as const;

/** Asks both colors. Undefined: this service does not say where they report it. */
export async function lookAtSchema(
  { clock }: Pick<Parts, 'clock'>,
  { schema }: Pick<Adapters, 'schema'>,
  stopping?: AbortSignal,
): Promise<SchemaLook | undefined> {
  if (!schema) return undefined;
  const [blue, green] = await withTimeout(
    clock,
    askedMs,
    (signal) => Promise.all([schema.ask('blue', signal), schema.ask('green', signal)]),
    stopping,
  );
  return { blue, green };
}

/** Returns why a color must not get the traffic, without a full stop; undefined: nothing is known against it. */
export function misfit(
  look: SchemaLook | undefined,
  { releases }: Pick<ServiceRecord, 'releases'>,
  color: Color,
): string | undefined {
  const fit = look && fitOf(keptOf(look, releases[0]?.schema), color);
  return fit?.fits === false ? fit.words : undefined;
}

/** Returns what a new release takes over: the version of the database outlives the releases that are kept. */
export function schemaBefore({ releases }: Pick<ServiceRecord, 'releases'>): Pick<Release, 'schema'> {
  const at = releases[0]?.schema?.at;
  return at === undefined ? {} : { schema: { at } };
}

/**
 * Keeps a look with the newest release, which is on `color` or gets the traffic there next. Where the other color does
 * not work with the database any more, there is no way back to it.
 */
export function keepSchema(draft: Draft, look: SchemaLook | undefined, color: Color): void {
  const release = newestRelease(draft.record);
  if (!look || !release) return;
  release.schema = keptOf(look, release.schema);
  const own = fitOf(release.schema, color);
  const words =
    own?.fits === 'unknown' ? `not known: ${own.why}` : own?.fits ? `${own.at}: compatible` : own?.words;
  showStep(draft, 'schema', 'done', words);
  const back = fitOf(release.schema, otherColor(color));
  const byItself = release.noWayBack?.by.kind === 'system';
  if (back?.fits === true && byItself) delete release.noWayBack;
  if (back?.fits === 'unknown')
    notify(draft, 'progress', line`Warning: whether a way back fits the schema is not known: ${back.why}`);
  if (back?.fits !== false || release.noWayBack) return;
  release.noWayBack = { reason: back.reason, by: actor, at: fromNow() };
  tellNoWayBack(draft, release.version, release.noWayBack);
  addHistory(draft, actor, 'no-way-back', line`${release.version}: ${noWayBackWords(release.noWayBack)}`);
}
