import { expect, it } from 'vitest';
import { albTown } from '../support/alb-owner.ts';
import { until } from '../support/until.ts';

const { at, elb, rule, sets, stands, actions } = albTown(['busy', 'back']);

it('a person who splits the weights in the middle of a promote ends it, and only a person writes over that', async () => {
  const busy = at('busy');
  await busy.staged('v2');
  const { levers } = elb();
  levers.after = () => {
    levers.after = undefined;
    sets('busy', { blue: 50, green: 50 });
  };
  await busy.does('ann', 'promote');
  const ended = await busy.until('it ended', ({ op, state }) => op === null || state === 'stuck');
  expect(ended.live).toBe('blue');
  const theirs = 'somebody else changed the rule: now it forwards 50 to busy-blue and 50 to busy-green';
  await busy.notice(`${theirs}; that is not overwritten`);
  expect(actions('busy')).not.toEqual([rule('busy').all('blue')]);
  await busy.does('ann', 'revert');
  await busy.until('it went back', ({ state }) => state === 'idle');
  expect(actions('busy')).toEqual([rule('busy').all('blue')]);
  await busy.notice(`${theirs}; that is overwritten`);
});

it('a person who puts the weights back in the middle of a promote ends it, and green is not written again', async () => {
  const back = at('back');
  await back.staged('v2');
  stands('back');
  const written = () => elb().calls.filter(({ action }) => action === 'ModifyRule').length;
  const before = written();
  await back.does('ann', 'promote');
  await until('green is written', () => written() > before);
  await until('that was read back', () =>
    elb()
      .calls.slice(-2)
      .every(({ action }) => action !== 'ModifyRule'),
  );
  sets('back', { blue: 100, green: 0 });
  const ended = await back.until('it ended', ({ op, state }) => op === null || state === 'stuck');
  expect([ended.live, ended.state]).toEqual(['blue', 'staged']);
  const said = 'somebody else changed the rule: now it forwards all to back-blue';
  await back.notice(said);
  expect(actions('back')).toEqual([rule('back').all('blue')]);
  expect(await back.live()).toBe('blue');
});
