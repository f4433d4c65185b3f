/**
 * The wait before a switch in which nobody can write: `cutover.readOnly.before`. What can change meanwhile is checked
 * again after it. See docs/held-writes.md#a-read-only-window.
 */
import { markCard, showStep } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { steps } from '../machine.ts';
import { beginReadOnly, denyWrites, isBroken, isLapsed, renewMs, windowBefore } from '../read-only.ts';
import type { Promote, ServiceRecord, Step } from '../release.ts';
import type { StepContext } from './context.ts';

/** Why a promote that waited is not switched. */
export const interrupted =
  'the read-only window was interrupted before the switch, so somebody may have written';

function beforeMs({ configured }: StepContext): number {
  return configured.settings.cutover.readOnly?.before ?? 0;
}

/**
 * Returns what a promote leaves out between its checks and its intent: no hooks, no wait. After the wait, both. A
 * stuck promote that is tried again has written to the router: it does not wait.
 */
export function leftOut(context: StepContext, op: Promote): Step[] {
  const { adapters, session } = context;
  const waited = windowBefore(session.loaded().record) !== undefined;
  const hooked = adapters.hooks.some((hook) => hook.at === 'before-switch');
  const waits = adapters.router.denial !== undefined && beforeMs(context) > 0 && op.intentAt === undefined;
  return [
    ...(waited || !hooked ? (['before-switch'] as const) : []),
    ...(waited || !waits ? (['read-only'] as const) : []),
  ];
}

/** Shows the step between checks and intent that comes next, if one does. The window is in the record from then on. */
export function showNext(draft: Draft): void {
  const { op } = draft.record;
  if (op?.step === 'before-switch') showStep(draft, 'before-switch', 'doing');
  if (op?.step !== 'read-only') return;
  beginReadOnly(draft, op.release);
  showStep(draft, 'read-only', 'doing');
}

/**
 * Denies writes until the time of the switch, and renews that. Then everything is checked again, from the first step.
 * Where somebody may have written meanwhile the promote ends. A process that takes over goes on with the wait.
 */
export async function waitReadOnly(context: StepContext): Promise<void> {
  const cause = await denyUntilSwitch(context);
  if (cause === undefined) return;
  await context.session.commit(({ record: { op } }) => {
    if (op) op.ending ??= { code: 'router-not-ready', cause };
    return undefined;
  });
}

/** Resolves to why the promote must not go on; undefined: look again. */
async function denyUntilSwitch(context: StepContext): Promise<string | undefined> {
  const { parts, session, adapters } = context;
  const { denial } = adapters.router;
  for (;;) {
    const window = windowBefore(session.loaded().record);
    const now = session.now();
    if (denial === undefined || window === undefined || isLapsed(window, now)) return interrupted;
    const { switchAt } = window;
    const said = await denyWrites(parts, denial, window.id);
    if (session.soft.aborted) return undefined;
    if (said.failed !== undefined)
      return switchAt === undefined ? said.failed : `${interrupted}: ${said.failed}`;
    if (switchAt !== undefined && isBroken(window, now, said)) return interrupted;
    const over = switchAt !== undefined && now >= switchAt;
    const renewAt = (switchAt === undefined ? session.now() : now) + renewMs;
    const saved = await session.commit((draft) => {
      const { op } = draft.record;
      const next = windowBefore(draft.record);
      if (op?.kind !== 'promote' || next === undefined) return undefined;
      next.renewAt = renewAt;
      if (switchAt === undefined) {
        next.switchAt = fromNow(beforeMs(context));
        markCard(draft);
      }
      if (over) {
        showStep(draft, 'read-only', 'done');
        [op.step] = steps.promote;
      }
      return undefined;
    });
    if (saved !== 'ok' || over) return undefined;
    const until = windowBefore(session.loaded().record)?.switchAt ?? 0;
    await parts.clock.sleep(Math.max(0, Math.min(renewMs, until - session.now())), session.soft);
    if (session.soft.aborted) return undefined;
  }
}

/** Returns why a promote that waited must not be switched: somebody may have written since. */
export function openedSince(record: ServiceRecord, now: number): string | undefined {
  const window = windowBefore(record);
  return window && isLapsed(window, now) ? interrupted : undefined;
}
