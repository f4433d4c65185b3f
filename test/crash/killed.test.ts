import { expect, it } from 'vitest';
import { everyKill } from './scenarios.ts';
import type { Kill } from './scenarios.ts';
import { killAll } from './kill-all.ts';

/** One kill of each kind; `killed.long.ts` has them all. */
const some: Kill[] = [
  { way: 'stage', label: 'stage:ask-router', when: 'before' },
  { way: 'stage', label: 'stage:ask-router', when: 'after' },
  { way: 'stage', label: 'stage:deploy:id', when: 'before' },
  { way: 'stage', label: 'stage:check', when: 'after' },
  { way: 'stage', label: 'stage>staged', when: 'after' },
  { way: 'promote', label: 'promote:before-switch', when: 'after' },
  { way: 'promote', label: 'promote:switch', when: 'before' },
  { way: 'promote', label: 'promote:switch', when: 'after' },
  { way: 'promote', label: 'promote>baking', when: 'before' },
  { way: 'promote', label: 'rest:baking:hooked', when: 'before' },
  { way: 'promote that is undone', label: 'promote:undo', when: 'after' },
  { way: 'promote that is undone', label: 'promote>staged', when: 'before' },
  { way: 'revert of a bake', label: 'revert:check', when: 'after' },
  { way: 'revert of a bake', label: 'revert>idle', when: 'before' },
  { way: 'revert of a bake', label: 'revert>idle', when: 'after' },
  { way: 'revert of a settled release', label: 'revert:switch', when: 'after' },
  { way: 'revert of a promote before its intent', label: 'pending-revert', when: 'after' },
  { way: 'revert of a promote after its switch', label: 'revert:switch', when: 'after' },
  { way: 'countdown to a revert', label: 'rest:baking:countdown', when: 'after' },
  { way: 'countdown to a revert', label: 'revert:ask-router', when: 'before' },
  { way: 'hold of a countdown', label: 'rest:baking:hold', when: 'after' },
  { way: 'restore', label: 'restore:switch', when: 'after' },
];

it('the representative kills are among all of them', () => {
  expect(everyKill()).toEqual(expect.arrayContaining(some));
});

it('the bot takes up what a killed process left, at every kind of step', async () => {
  const times = await killAll(some);
  expect(times.size).toBe(some.length - 4);
});
