import { expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { bob, inState, ready, staged } from '../support/memory-core.ts';

it('the notice of an outcome names the person who gets a direct message, should no channel take it', async () => {
  const { core, bot } = await ready({ settings: { promotion: { approvals: 1, bake: '10s' } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await bot.submit({ verb: 'reject', actor: bob });
  await bot.submit({ verb: 'promote' });
  await bot.submit({ verb: 'approve', actor: bob });
  await inState(core, 'baking');
  await bot.submit({ verb: 'revert', actor: bob });
  await inState(core, 'idle');
  const told = (await core.notices()).map(({ text, to }) => ({ words: plain(text), to }));
  const toOf = (part: string) => told.find(({ words }) => words.includes(part))?.to;
  expect({
    staged: toOf('is staged on green'),
    asked: toOf('asks to promote'),
    rejected: toOf('rejected checkout'),
    approved: toOf('approved (1 of 1)'),
    live: toOf('is live: new requests'),
    reverted: toOf('reverted checkout: live is'),
  }).toEqual({
    staged: 'UANN',
    asked: 'UANN',
    rejected: 'UANN',
    approved: 'UANN',
    live: 'UANN',
    reverted: 'UBOB',
  });
});
