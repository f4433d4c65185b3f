/** Follows the hooks that stop writes in a random life, and holds them against their guarantees. */
import type { Core, Saved } from '../../support/memory-core.ts';

/** What is followed of one life. */
export interface StopWatch {
  /** Whether both hooks are answered with 2xx from now on. */
  answers(ok: boolean): void;
  saved(saved: Saved): void;
  /** Waits, in a world that is well, until writes go on. Returns what is broken then. */
  rest(): Promise<string[]>;
}

/** Gives the world hooks that stop writes, and starts to follow. */
export function watchStops(core: Core): StopWatch {
  const { world, clock } = core;
  const hooks: NonNullable<Core['world']['writesHooks']> = { calls: [], fails: new Set(), takesMs: 100 };
  world.writesHooks = hooks;
  /** When each stop was in the record first. */
  const owed = new Map<string, number>();
  return {
    answers(ok) {
      for (const which of ['on', 'off'] as const)
        if (ok) hooks.fails.delete(which);
        else hooks.fails.add(which);
    },
    saved({ after: { writesOff } }) {
      if (writesOff && !owed.has(writesOff.id)) owed.set(writesOff.id, clock.mono());
    },
    async rest() {
      hooks.fails.clear();
      // The longest pause between two calls.
      await clock.advance(70_000);
      const broken: string[] = [];
      for (const { which, key, at } of hooks.calls) {
        const id = key.split('/')[0] ?? '';
        if ((owed.get(id) ?? Infinity) > at) broken.push(`${which} was called before that was in the record`);
      }
      const { record } = await core.loaded();
      if (record?.writesOff) broken.push('at rest, but nobody has let writes go on');
      const last = hooks.calls.at(-1);
      if (last && (last.which !== 'off' || !last.ok))
        broken.push(`at rest, but the last call was ${last.which}`);
      return broken;
    },
  };
}
