import { expect, it } from 'vitest';
import { killAll } from './kill-all.ts';
import { everyKill } from './scenarios.ts';
import type { Kill } from './scenarios.ts';

const each = 20;
const batches = Array.from({ length: Math.ceil(everyKill().length / each) }, (_, i): [number, Kill[]] => [
  i + 1,
  everyKill().slice(i * each, (i + 1) * each),
]);

it.each(batches)(
  'the bot takes up what a killed process left, before and after every save of every operation (%i)',
  { timeout: 180_000 },
  async (_, kills) => {
    const times = await killAll(kills);
    expect(Math.max(...times.values())).toBeLessThan(5_000);
  },
);
