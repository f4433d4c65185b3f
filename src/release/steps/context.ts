import { actorId } from '../actor.ts';
import type { Configured } from '../command.ts';
import type { Parts } from '../parts.ts';
import type { Adapters, HookCall } from '../ports.ts';
import type { Operation } from '../release.ts';
import { colorLeft } from '../operation.ts';
import type { Session } from '../session.ts';
import type { WriteLog } from '../write-log.ts';

/** The input of a step. A step looks, acts, commits what it found, and returns; the driver then looks again. */
export interface StepContext {
  parts: Parts;
  session: Session;
  adapters: Adapters;
  configured: Configured;
  writeLog: WriteLog;
}

/** Returns the operation under way, as of the newest load. */
export function opOf(context: StepContext): Operation {
  const { op } = context.session.loaded().record;
  if (!op) throw new Error('a step without an operation');
  return op;
}

/** Returns the body of a hook call for this operation. */
export function hookBody(context: StepContext, op: Operation): Omit<HookCall, 'step'> {
  const { record } = context.session.loaded();
  const from = colorLeft(record, op);
  return {
    service: record.service,
    release: op.release,
    version: op.version ?? '',
    from,
    to: op.target,
    epoch: record.epoch + 1,
    actor: actorId(op.actor),
    reason: ('force' in op && typeof op['force'] === 'string' ? op['force'] : op.reason) ?? '',
  };
}

/**
 * Returns how long ago any process saved the intent of the switch, ms of the store's clock. The time
 * that this process took is not the time that people waited.
 */
export function sinceIntent({ session }: StepContext, { intentAt }: Operation): number {
  return intentAt === undefined ? 0 : Math.max(0, session.now() - intentAt);
}

/** Returns the instant of this machine's monotonic clock that equals an instant of the store's clock, ms. */
export function monoAt(context: StepContext, instant: number): number {
  return context.parts.clock.mono() + (instant - context.session.now());
}
