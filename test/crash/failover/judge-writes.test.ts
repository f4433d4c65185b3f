import { expect, it } from 'vitest';
import { judgeWrites } from './judge-writes.ts';
import type { Ledger, Said, Write } from './ledger.ts';

const command = (verb: string, target: Said['target'], sentAt: number): Said => ({
  service: 's1',
  words: `${verb} s1`,
  verb,
  bot: 0,
  user: 'U0ANN',
  mark: '',
  sentAt,
  answeredAt: sentAt + 10,
  answer: '',
  kind: 'accepted',
  target,
});
const write = (color: string, epoch: number, at: number): Write => ({ color, epoch, at });
const judge = (said: Said[], writes: Write[], told = '') => {
  const ledger: Ledger = { said, alerts: [], changes: [] };
  return judgeWrites('s1', 'blue', writes, ledger, told);
};

const promoted = command('promote', 'green', 0);
const reverted = command('revert', 'blue', 1_000);
const there = write('green', 2, 100);
const back = write('blue', 3, 1_100);

it('the judge traces each change of color to its command', () => {
  const again = [write('blue', 3, 1_200), write('blue', 3, 1_300)];
  expect(judge([promoted, reverted], [there, back, ...again])).toEqual({
    switches: 2,
    putBacks: 0,
    broken: [],
  });
});

it('the judge finds a write that undid a revert, even when the bot announced it', () => {
  const { broken } = judge(
    [promoted, reverted],
    [there, back, write('green', 2, 1_500)],
    'put back to green',
  );
  expect(broken).toEqual([expect.stringContaining('put back against a revert')]);
});

it('the judge finds a switch forward without a command', () => {
  const writes = [there, write('blue', 1, 200), write('green', 2, 300)];
  expect(judge([promoted], writes).broken).toEqual([expect.stringContaining('doubled: s1 to green')]);
  expect(judge([promoted, command('promote', 'green', 250)], writes)).toMatchObject({
    putBacks: 1,
    broken: [],
  });
});
