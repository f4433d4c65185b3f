import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { ann, bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Asked, Core, Replica } from '../support/memory-core.ts';

const always = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: '00:00',
  to: '24:00',
  zone: 'UTC',
  reason: 'closed',
};

/** A staged release on which a request is open. */
async function asked(
  approvals: number,
  promote: Asked = { verb: 'promote' },
): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ settings: { promotion: { approvals, bake: '10s' } } });
  core.roles['UDAN'] = ['approver'];
  await staged(core, bot);
  if ('duringFreeze' in promote) core.settings({ freeze: [always] });
  await bot.submit(promote);
  return { core, bot };
}
const dan = { ...bob, user: 'UDAN' };

describe('the people of a request', () => {
  it.each([
    ['another stage closes it', '(v3 is staged instead); approved by: @UBOB, @UDAN.'],
    ['its settings change', '@UANN, @UBOB, @UDAN: the request to promote checkout is closed'],
  ])('are named next to each other when %s', async (how, words) => {
    const { core, bot } = await asked(3);
    for (const actor of [bob, dan]) await bot.submit({ verb: 'approve', actor });
    if (how === 'its settings change') {
      core.settings({ links: { version: 'https://git.example/{version}' } });
      await bot.submit({ verb: 'approve', actor: cleo });
    } else await bot.submit({ verb: 'stage', version: 'v3' });
    expect(await core.said()).toContain(words);
  });
});

describe('the last approval', () => {
  it('starts nothing for a requester who may not promote any more, and says who must ask again', async () => {
    const { core, bot } = await asked(1);
    core.roles['UANN'] = [];
    const answer = await bot.submit({ verb: 'approve', actor: bob });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'not-allowed' } });
    const { why, next } = answer.ok ? { why: [], next: [] } : answer.refusal;
    expect(plain([...why, ' ', ...(next ?? [])])).toBe(
      '@UANN asked for this promote, and no longer has the role operator (or admin). Somebody who has it must ask again: switchback cancel checkout closes this request, then switchback promote checkout.',
    );
    expect(await core.record()).toMatchObject({
      state: 'staged',
      request: { status: 'open', approvals: [] },
    });
  });

  it('starts nothing during a freeze that the requester, no admin any more, had overridden', async () => {
    const { core, bot } = await asked(1, { verb: 'promote', duringFreeze: 'urgent', actor: cleo });
    core.roles['UCLEO'] = ['operator'];
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({
      refusal: { code: 'not-allowed' },
    });
    core.roles['UCLEO'] = ['admin'];
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('is the one that asks: those before it count with any requester by then', async () => {
    const { core, bot } = await asked(2);
    core.roles['UANN'] = [];
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({ ok: true });
    expect(await bot.submit({ verb: 'approve', actor: dan })).toMatchObject({
      refusal: { code: 'not-allowed' },
    });
    core.roles['UANN'] = ['operator'];
    expect(await bot.submit({ verb: 'approve', actor: dan })).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect((await core.record()).releases[0]?.promotedBy).toMatchObject({ user: ann.user });
  });
});
