/** What every kind of databases must do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import type { Data, TurnOrder } from '../../src/release/data.ts';

/** Databases of which blue takes the writes, and a secret that no message may hold. */
export interface DataWorld {
  data: Data;
  secret: string;
  /** The sides that take writes. */
  writable(): Promise<Color[]>;
  /** Waits until they can be turned to a color. */
  ready(to: Color): Promise<void>;
  /** Lets them answer no more. */
  breakDown(): Promise<void>;
  stop(): Promise<void>;
}

const never = new AbortController().signal;
const order = (more: Partial<TurnOrder> = {}): TurnOrder => ({
  id: 'turn-1',
  begun: [],
  before: async () => true,
  mayWrite: () => true,
  signal: never,
  ...more,
});

/** Runs the suite. */
export function dataContract(kind: string, open: () => Promise<DataWorld>): void {
  describe(`databases of kind ${kind}`, () => {
    let world: DataWorld;
    beforeAll(async () => {
      world = await open();
    });
    afterAll(() => world?.stop());

    it('can be turned when the other side is not far behind', async () => {
      await world.ready('green');
      const gate = await world.data.gate('green', never);
      expect(gate).toEqual({ ok: true, lagMs: expect.any(Number) });
      expect(await world.data.lag('blue', never)).toEqual(expect.any(Number));
    });

    it('stay as they are when another process goes on, or the lease ends', async () => {
      const stopped = await world.data.turn('green', order({ before: async () => false }));
      expect(stopped).toEqual({ turned: false, why: 'another process goes on' });
      const late = await world.data.turn('green', order({ mayWrite: () => false }));
      expect(late).toEqual({ turned: false, why: expect.stringContaining('the lease of the service ends') });
      expect(await world.writable()).toEqual(['blue']);
    });

    it('are turned there and back, and each step is asked for before it is done', async () => {
      for (const to of ['green', 'blue'] as const) {
        await world.ready(to);
        const steps: string[] = [];
        const seen: Color[][] = [];
        const before = async (step: string): Promise<boolean> => {
          steps.push(step);
          seen.push(await world.writable());
          return true;
        };
        expect(await world.data.turn(to, order({ before }))).toEqual({ turned: true, notes: [] });
        expect(steps.length).toBeGreaterThan(0);
        expect(seen.filter((sides) => sides.includes(to) || sides.length > 1)).toEqual([]);
        expect(await world.writable()).toEqual([to]);
      }
    });

    it('can be turned again where they are turned already', async () => {
      expect(await world.data.turn('blue', order())).toEqual({ turned: true, notes: [] });
      expect(await world.writable()).toEqual(['blue']);
    });

    it('give answers, without a secret, when they cannot be asked', async () => {
      await world.breakDown();
      const gate = await world.data.gate('green', never);
      expect(gate).toEqual({ ok: false, why: expect.any(String), fix: expect.any(String) });
      const turned = await world.data.turn('green', order());
      expect(turned).toEqual({ turned: false, why: expect.any(String) });
      expect(await world.data.lag('blue', never)).toBeUndefined();
      expect(await world.data.missed('blue', never)).toBeUndefined();
      expect(JSON.stringify([gate, turned])).not.toContain(world.secret);
    });
  });
}
