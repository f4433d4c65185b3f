/** Two routers of one service, while a revert moves the one of the switch and the one that the file names now. */
import { describe, expect, it } from 'vitest';
import { bothRouters } from '../../src/release/former-router.ts';
import type { Router } from '../../src/release/ports.ts';

const never = new AbortController().signal;
const permit = { signal: never, mayWrite: () => true };

/** A router with every member of the port. */
function whole(name: string, more: Partial<Router> = {}): Required<Router> & { pointed: string[] } {
  const pointed: string[] = [];
  return {
    instances: [name],
    followsMs: 10_000,
    knowsColors: true,
    atOnce: true,
    othersWrite: true,
    advice: { correct: () => 'correct it', reach: 'start it', names: 'compare it', tells: 'ask it' },
    keeps: 'Connections stay on {old}.',
    leftAre: ['connection is', 'connections are'],
    live: async () => [{ instance: name, heading: 'blue' }],
    ready: async () => [{ instance: name, ready: 'yes' }],
    async point(color, epoch, _leave, only) {
      pointed.push(`${color} ${epoch} ${only?.join() ?? 'all'}`);
      return [{ instance: name, outcome: 'taken' }];
    },
    left: async () => 2,
    doubts: async () => [{ what: `${name} forgets`, fix: 'look' }],
    persist: async () => `${name} is full`,
    writes: {
      maxMs: 3_000,
      hold: async () => [{ instance: name, held: true }],
      release: async () => ({ held: { ms: 41, requests: 2, refused: 0 }, silent: [name] }),
    },
    denial: {
      deny: async () => [{ instance: name, held: true }],
      allow: async () => [{ instance: name, held: false }],
    },
    ...more,
    pointed,
  };
}

/** A router with the members that each has. */
function bare(name: string): Router {
  const { instances, live, ready, point } = whole(name);
  return { instances, live, ready, point };
}

describe('two routers together', () => {
  it('can all that the port knows, and answer for each instance', async () => {
    const [now, then] = [whole('r1'), whole('r2', { followsMs: 30_000, keeps: 'Pods of {old} stay.' })];
    const both = bothRouters(now, then);
    const { pointed: _own, ...members } = now;
    expect(Object.keys(both).toSorted()).toEqual(Object.keys(members).toSorted());
    expect(both).toMatchObject({
      instances: ['r1', 'r2 (former)'],
      followsMs: 30_000,
      knowsColors: true,
      atOnce: true,
      othersWrite: true,
      keeps: 'Connections stay on {old}. Pods of {old} stay.',
      leftAre: now.leftAre,
    });
    expect(await both.live(never)).toMatchObject([{ instance: 'r1' }, { instance: 'r2 (former)' }]);
    expect(await both.ready('blue', never)).toMatchObject([{ instance: 'r1' }, { instance: 'r2 (former)' }]);
    expect(await both.left?.('blue', never)).toBe(4);
    expect(await both.writes?.hold('h', never)).toMatchObject([
      { instance: 'r1' },
      { instance: 'r2 (former)' },
    ]);
    expect(await both.writes?.release('h', never)).toEqual({
      held: { ms: 41, requests: 4, refused: 0 },
      silent: ['r1', 'r2 (former)'],
    });
    expect(await both.denial?.deny('d', 1_000, never)).toHaveLength(2);
    expect(await both.denial?.allow('d', never)).toMatchObject([
      { held: false },
      { instance: 'r2 (former)' },
    ]);
    expect(await both.persist?.('blue', never)).toBe('r1 is full');
    expect((await both.doubts?.(never))?.map(({ what }) => what)).toEqual([
      'r1 forgets',
      'r2 forgets (former)',
    ]);
    await both.point('green', 3, permit, ['r2 (former)']);
    await both.point('green', 4, permit);
    expect([now.pointed, then.pointed]).toEqual([['green 4 all'], ['green 3 r2', 'green 4 all']]);
  });

  it('can what only the former one can: traffic follows as late, and the same stays behind', async () => {
    const both = bothRouters(bare('r1'), whole('r2'));
    expect(both).toMatchObject({
      followsMs: 10_000,
      othersWrite: true,
      keeps: 'Connections stay on {old}.',
    });
    // One of them may show its writes later.
    expect(both).not.toHaveProperty('atOnce');
    expect(await both.persist?.('blue', never)).toBe('r2 is full');
    expect(await both.doubts?.(never)).toHaveLength(1);
  });

  it('say a thing once that stays behind at both', () => {
    expect(bothRouters(whole('r1'), whole('r2')).keeps).toBe('Connections stay on {old}.');
  });

  it('count together only what both count, by the same words', async () => {
    expect(bothRouters(bare('r1'), whole('r2'))).not.toHaveProperty('left');
    const workers = whole('r2', { leftAre: ['old worker is', 'old workers are'] });
    expect(bothRouters(whole('r1'), workers)).not.toHaveProperty('left');
    const mute = whole('r2', { left: async () => undefined });
    expect(await bothRouters(whole('r1'), mute).left?.('blue', never)).toBeUndefined();
  });

  it('have no member that neither of them has', () => {
    expect(Object.keys(bothRouters(bare('r1'), bare('r2'))).toSorted()).toEqual([
      'instances',
      'live',
      'point',
      'ready',
    ]);
  });
});
