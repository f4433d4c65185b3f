/** Turns databases that are still to follow the live color, when nothing else is under way. See docs/data.md. */
import { z } from 'zod';
import { addHistory, changeOf, draftOf, markCard, notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { askRouter } from './ask-router.ts';
import { fromNow } from './instant.ts';
import { settingsOrLeave } from './leave-to-others.ts';
import { line } from './line.ts';
import { openRevert } from './operation.ts';
import { channelFor } from './parts.ts';
import type { Parts } from './parts.ts';
import type { Adapters } from './ports.ts';
import type { ServiceRecord } from './release.ts';
import { reachableAt } from './router-answers.ts';
import { save } from './save.ts';
import { gateOf } from './turn-data.ts';
import type { Loaded } from './store.ts';

/** When it is tried again, if it does not begin or is refused, ms. */
const againMs = 20_000;
/** When it is said again that nobody can turn them, ms. */
const unknownMs = 3_600_000;
/** Settings of a service whose colors have databases of their own. */
const withData = z.looseObject({ cutover: z.looseObject({ data: z.looseObject({}) }) });
const actor = { kind: 'system', rule: 'data-follows' } as const;

/** Has the databases turned to the live color, where that changed without a switch of Switchback. */
export function oweTurn({ record }: Draft, changed: boolean): void {
  const own = withData.safeParse(record.settings).success;
  if (record.turn) record.turn.at = fromNow();
  else if (own && changed) record.turn = { id: crypto.randomUUID(), at: fromNow(), begun: [] };
}

/**
 * Begins the turn that is owed: as a put-back to the live color, where the router points already. Resolves to true when
 * something was saved, or another save came first: the service is due again at once. `carryOn` drives it.
 * `for-others`: the settings cannot be read here.
 */
export async function beginOwedTurn(
  parts: Parts,
  { record, now }: Loaded & { record: ServiceRecord },
  carryOn: () => void,
): Promise<boolean | 'for-others'> {
  if (!record.turn || record.op !== null || record.turn.at > now) return false;
  const settings = settingsOrLeave(parts, record);
  if (settings === 'for-others' || settings === undefined) return settings ?? false;
  const adapters = parts.adapters(record.service, settings);
  if (!(await couldBegin(parts, adapters, record)))
    return save(parts, record, now, (draft) => {
      if (draft.record.turn) draft.record.turn.at = fromNow(adapters.data ? againMs : unknownMs);
      if (!adapters.data) tellUnknown(draft);
    });
  const draft = draftOf(record);
  const { live, state, service } = record;
  if (draft.record.turn) draft.record.turn.at = fromNow(againMs);
  const { version } = record.colors[live];
  openRevert(draft, parts.driver, { kind: 'restore', target: live, version, actor, was: state });
  markCard(draft);
  addHistory(draft, actor, 'retry', line`the databases of ${service} follow ${live}`);
  notify(
    draft,
    'progress',
    line`The databases of ${service} are turned to ${live}.`,
    record.releases[0] ? {} : { release: null },
  );
  const saved = await parts.store.save(
    changeOf(draft, record.revision, now, channelFor(parts, record), {
      durable: true,
      lease: { act: 'take', token: parts.driver },
    }),
  );
  if (saved.ok) carryOn();
  return true;
}

/** Whether the router says the live color, and both databases answer. */
async function couldBegin(parts: Parts, adapters: Adapters, record: ServiceRecord): Promise<boolean> {
  const [answers, gate] = await Promise.all([
    askRouter(parts, adapters.router),
    gateOf(parts, adapters, record, record.live),
  ]);
  // Somebody moved it by hand: where traffic is to go is for a person to say.
  return reachableAt(answers, record.live) && gate?.ok === true;
}

function tellUnknown(draft: Draft): void {
  const { service, live, releases } = draft.record;
  const text = line`The databases of ${service} are half turned, and its settings have no cutover.data any more. Check by hand that those of ${live} take writes, and no others.`;
  notify(draft, 'broadcast', text, { calls: 'operator', ...(releases[0] ? {} : { release: null }) });
}
