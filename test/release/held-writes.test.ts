/** The hold of one switch, at a router that does not do what it is asked. */
import { describe, expect, it } from 'vitest';
import { heldWords, underHold } from '../../src/release/held-writes.ts';
import type { HeldWrites, WriteHold } from '../../src/release/write-hold.ts';
import { virtualClock } from '../support/virtual-clock.ts';

interface Result {
  held?: HeldWrites;
  notes?: string[];
}

const held = { ms: 41, requests: 2, refused: 0 };

/** A switch of a router whose instances answer to a hold as `writes` says. */
async function switched(writes: Partial<WriteHold>): Promise<Result> {
  const router = {
    instances: ['r1'],
    live: async () => [],
    ready: async () => [],
    point: async () => [],
    writes: {
      maxMs: 3_000,
      hold: async () => [{ instance: 'r1', held: true }],
      release: async () => ({ held, silent: [] }),
      ...writes,
    },
  };
  return underHold({ clock: virtualClock() }, { router }, async (holding): Promise<Result> => {
    await holding.begin();
    return {};
  });
}

describe('the end of a hold', () => {
  it('is asked for twice, and says what waited', async () => {
    const answers = [
      { held: undefined, silent: ['r1'] },
      { held, silent: [] },
    ];
    expect(await switched({ release: async () => answers.shift() ?? { silent: [] } })).toEqual({ held });
  });

  it('that an instance never answers leaves a warning', async () => {
    const said = await switched({ release: async () => ({ held, silent: ['r1'] }) });
    expect(said).toEqual({
      held,
      notes: ['r1 did not answer at the end: writes may wait for up to 3 s'],
    });
  });

  it('says why writes did not wait', async () => {
    const answers = [
      { instance: 'r1', held: false, detail: 'HAProxy says "none"' },
      { instance: 'r2', held: false },
    ];
    expect((await switched({ hold: async () => answers })).notes).toEqual([
      'r1 did not hold writes: HAProxy says "none"',
      'r2 did not hold writes',
    ]);
  });
});

it.each([
  [{ ms: 4, requests: 0, refused: 0 }, 'no write had to wait'],
  [{ ms: 4, requests: 1, refused: 0 }, 'writes waited 4 ms (1 request)'],
  [{ ms: 3000, requests: 3, refused: 2 }, 'writes waited 3000 ms (3 requests, 2 of them got an error)'],
])('what waited, in words: %j', (what, words) => {
  expect(heldWords(what)).toBe(words);
});
