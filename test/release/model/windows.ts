/** Follows the windows in which nobody can write in a random life, and holds them against their guarantees. */
import { deniedMs, renewMs } from '../../../src/release/read-only.ts';
import type { Core, Saved } from '../../support/memory-core.ts';
import type { WindowSetup } from './actions.ts';

/** What is followed of one life. */
export interface WindowWatch {
  /** The router forgets what it denies. */
  reload(): void;
  /** What a save breaks. */
  saved(saved: Saved): Generator<string>;
  /** Waits, in a world that is well, until every window is over. Returns what is broken then. */
  rest(): Promise<string[]>;
}

/** Gives the world a router that can deny writes, and starts to follow. */
export function watchWindows(core: Core, { before: beforeMs, after }: WindowSetup): WindowWatch {
  const { clock, world } = core;
  const denial: NonNullable<Core['world']['denial']> = { on: {}, open: new Set(), asked: [] };
  world.denial = denial;
  const instances = Object.keys(world.router);
  let reloadedAt = 0;
  return {
    reload() {
      for (const instance of instances) delete denial.on[instance];
      reloadedAt = clock.now();
    },
    *saved({ before: { record: was, now }, after: is }) {
      const window = is.readOnly;
      if (window?.until === null && (is.op === null || is.state === 'stuck') && was?.readOnly?.until !== null)
        yield 'a window begins without a promote';
      const op = is.op?.kind === 'promote' ? is.op : undefined;
      if (was?.op?.kind !== 'promote' || op === undefined) return;
      // A promote that was stuck does not wait.
      if (op.intentAt === undefined || was.op.intentAt !== undefined) return;
      if (window?.until !== null) yield 'the intent of a switch without a window';
      if (beforeMs === 0) return;
      if (window?.switchAt === undefined || window.switchAt > now) yield 'a switch before its time';
      // The first question after the intent sees it.
      if (reloadedAt > (window?.renewAt ?? 0) - renewMs) return;
      for (const instance of instances) {
        const on = denial.on[instance];
        const forMs = clock.mono() - (on?.began ?? clock.mono());
        if (on === undefined || on.id !== window?.id || on.till <= clock.mono() || forMs < beforeMs)
          yield `a switch after ${forMs} ms without writes at ${instance}`;
      }
    },
    async rest() {
      await clock.advance(after + 2 * deniedMs);
      const { record } = await core.loaded();
      const broken = record?.readOnly ? ['at rest, but a window is not over'] : [];
      for (const instance of instances)
        if ((denial.on[instance]?.till ?? 0) > clock.mono())
          broken.push(`at rest, but ${instance} denies writes`);
      return broken;
    },
  };
}
