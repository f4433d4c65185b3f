import { describe, expect, it } from 'vitest';
import { albTown } from '../support/alb-owner.ts';

describe('a second owner of a load balancer', () => {
  const { town, at, rule, sets, actions, looks } = albTown(['moved', 'split', 'undone']);

  it('who moves all traffic while nothing is under way makes drift, and it stays until a person decides', async () => {
    const moved = at('moved');
    sets('moved', { blue: 0, green: 100 });
    const theirs = actions('moved');
    await looks();
    const notice = await moved.notice('moved: traffic goes to green unknown, expected blue v1');
    expect(moved.look(notice).text).toContain('Somebody else changed it, or a write came late.');
    expect((await moved.does('ann', 'status')).text).toContain('router-drift');
    await moved.does('ann', 'stage', 'v2');
    await moved.until(
      'the stage is refused',
      ({ state, releases }) => state === 'idle' && releases.length > 0,
    );
    expect(actions('moved')).toEqual(theirs);
    await town().slack.person('ann').presses(notice, 'release.retry', { accept: true });
    await moved.until('it is put back', ({ drift, state }) => drift === null && state === 'idle');
    expect(actions('moved')).toEqual([rule('moved').all('blue')]);
  });

  it('who splits it makes drift, and the notice has the weights', async () => {
    const split = at('split');
    sets('split', { blue: 50, green: 50 });
    const theirs = actions('split');
    await looks();
    const notice = await split.notice('split: the router says unknown, expected blue v1');
    expect(split.look(notice).text).toContain('the rule forwards 50 to split-blue and 50 to split-green');
    expect(actions('split')).toEqual(theirs);
  });

  it('who moves it back right after a promote is not overwritten, and the notice says why', async () => {
    const undone = at('undone');
    await undone.baking('v2');
    sets('undone', { blue: 100, green: 0 });
    const theirs = actions('undone');
    const notice = await undone.notice('undone: traffic goes to blue v1, expected green v2');
    expect(undone.look(notice).text).toMatch(
      /The bot wanted to put it back\. ALB undone, rule \w+: somebody else changed the rule: now it forwards all to undone-blue; that is not overwritten\./,
    );
    expect(actions('undone')).toEqual(theirs);
    await town().slack.person('ann').presses(notice, 'release.retry', { accept: true });
    await undone.until('it is put back', ({ drift, op }) => drift === null && op === null);
    expect(actions('undone')).toEqual([rule('undone').all('green')]);
    await undone.notice('now it forwards all to undone-blue; that is overwritten');
  });
});
