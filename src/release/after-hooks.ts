/**
 * Hooks that are called when no operation is under way: after a switch, while the release bakes, and after a revert.
 */
import { actorId } from './actor.ts';
import { unhealthyWords } from './bake-words.ts';
import { otherColor } from './color.ts';
import { markCard, addHistory, notify, userOf } from './draft.ts';
import type { Draft } from './draft.ts';
import { line } from './line.ts';
import { newestRelease, releaseOf } from './release.ts';
import type { Parts } from './parts.ts';
import { readableSettings, settingsOf } from './parts.ts';
import type { ServiceRecord } from './release.ts';
import { save } from './save.ts';
import { callHooks } from './steps/hooks.ts';

/** Calls the `after-switch` hooks of the bake in `record`, and saves the result, unless `over` aborts. True: saved. */
async function afterSwitch(parts: Parts, record: ServiceRecord, over: AbortSignal): Promise<boolean> {
  const release = record.releases[0];
  const configured = settingsOf(parts, record);
  const automatic = configured.settings.promotion.autoRevert !== undefined;
  const called = await callHooks(
    parts,
    parts.adapters(record.service, configured),
    'after-switch',
    {
      service: record.service,
      release: release?.id ?? '',
      version: release?.version ?? '',
      from: otherColor(record.live),
      to: record.live,
      epoch: record.epoch,
      actor: release?.promotedBy ? actorId(release.promotedBy) : '',
      reason: '',
    },
    over,
  );
  if (over.aborted) return false;
  const same = (newest: ServiceRecord): boolean =>
    newest.state === 'baking' && newest.epoch === record.epoch && newest.bake?.hooksDone === false;
  return saveNewest(parts, record.service, same, (draft) => {
    const { bake } = draft.record;
    if (!bake) return;
    bake.hooksDone = true;
    for (const warning of called.warnings) notify(draft, 'progress', line`Warning: ${warning}`);
    if (called.failed === undefined) return;
    bake.verdict = 'unhealthy';
    bake.wasUnhealthy = true;
    bake.cause = called.failed;
    bake.hookFailed = called.failed;
    const owner = release?.promotedBy;
    notify(
      draft,
      'broadcast',
      unhealthyWords(draft.record, line`${{ code: 'hook-failed' }}, ${called.failed}`, automatic),
      { buttons: 'unhealthy', chart: true, to: owner && userOf(owner), calls: 'operator' },
    );
    addHistory(draft, { kind: 'system', rule: 'bake' }, 'unhealthy', line`${called.failed}`, 'hook-failed');
    markCard(draft);
  });
}

/** Calls the `after-revert` hooks that `record` still owes, and saves the result, unless `over` aborts. */
export async function afterRevert(parts: Parts, record: ServiceRecord, over: AbortSignal): Promise<void> {
  const call = record.afterRevert;
  if (!call) return;
  const body = {
    service: record.service,
    release: call.release,
    version: record.colors[record.live].version ?? '',
    from: call.from,
    to: otherColor(call.from),
    epoch: record.epoch,
    actor: call.actor,
    reason: call.reason,
  };
  const settings = readableSettings(parts, record);
  const called =
    settings === undefined
      ? { failed: 'the hooks are no longer known and were not called', warnings: [] }
      : await callHooks(parts, parts.adapters(record.service, settings), 'after-revert', body, over);
  if (over.aborted) return;
  const failures = [...(called.failed === undefined ? [] : [called.failed]), ...called.warnings];
  const same = ({ afterRevert: owed }: ServiceRecord): boolean => owed?.release === call.release;
  await saveNewest(parts, record.service, same, (draft) => {
    draft.record.afterRevert = null;
    const release = releaseOf(draft.record, call.release) ?? newestRelease(draft.record);
    const top = { release: release?.id ?? null };
    for (const failure of failures) notify(draft, 'event', line`Warning after the revert: ${failure}`, top);
  });
}

/** Saves onto the newest record, whatever was saved meanwhile, as long as `fits` holds for it. */
async function saveNewest(
  parts: Parts,
  service: string,
  fits: (record: ServiceRecord) => boolean,
  write: (draft: Draft) => void,
): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { record, now } = await parts.store.load(service);
    if (!record || !fits(record)) return false;
    if (await save(parts, record, now, write)) return true;
  }
  return false;
}

/** The `after-switch` hooks of one bake. They run next to its checks: a hook may take minutes. */
export function hookCalls(
  parts: Parts,
  over: AbortSignal,
): { underWay(): boolean; call(record: ServiceRecord): void; end(): void } {
  const ended = new AbortController();
  const signal = AbortSignal.any([over, ended.signal]);
  let calling = false;
  let done = false;
  const call = async (record: ServiceRecord): Promise<void> => {
    try {
      done = await afterSwitch(parts, record, signal);
    } catch (cause) {
      parts.log.warn({ service: record.service, err: cause }, 'The hooks after a switch are not done yet');
    }
    calling = false;
  };
  return {
    underWay: () => calling,
    call(record) {
      // A record that was loaded before the hooks were done may still say that they are not.
      if (calling || done) return;
      calling = true;
      void call(record);
    },
    end: () => ended.abort('ended'),
  };
}
