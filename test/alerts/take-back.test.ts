/** What people take back, or end by hand: an acknowledgement, a silence, an alert whose end nobody tells. */
import { beforeEach, describe, expect, test } from 'vitest';
import { acknowledge, unsilence, unacknowledge, silence } from '../support/alert-verbs.ts';
import { close } from '../support/alert-verbs.ts';
import { alertWorld, ann, minute } from '../support/alert-world.ts';

const id = 'a'.repeat(24);
const bob = { kind: 'slack', user: 'U0BOB', team: 'T' } as const;
let world: ReturnType<typeof alertWorld>;
beforeEach(async () => {
  world = alertWorld(id);
  await world.record({ state: 'idle' });
});

const down = (more = {}) => world.alert({ severity: 'critical', title: 'Down', ...more });
const told = async () => (await world.said()).at(-1);
const nothing = { ok: false, refusal: { code: 'nothing-to-do' } };

describe('Close', () => {
  test('ends what nobody ends, says who did, and offers nothing more', async () => {
    await world.deliver([down()]);
    expect((await world.card()).labels).toEqual(['Acknowledge', 'Silence…', 'Close']);
    await world.clock.advance(26 * 60 * minute);
    expect(await close(world.parts, id, ann)).toMatchObject({ ok: true });
    expect(await world.group()).toMatchObject({ status: 'resolved', closed: { actor: ann } });
    expect(await told()).toBe(
      'event @U0ANN closed it without a resolved message. It opens again if it is reported again.',
    );
    const card = await world.card();
    expect(card.text).toContain('⏹️ *checkout*: Down closed by <@U0ANN> after 1 d 2 h');
    expect(card.text).not.toMatch(/✅|🚨/);
    expect(card.labels).toEqual([]);
    expect(await close(world.parts, id, ann)).toMatchObject(nothing);
    expect(await world.memory.store.history('checkout', 9)).toContainEqual(
      expect.objectContaining({ actor: ann, what: 'close' }),
    );
  });

  test('is undone by any later delivery about the alert, which is a new firing', async () => {
    const alert = down();
    await world.deliver([alert]);
    await world.clock.advance(20 * minute);
    await close(world.parts, id, ann);
    await world.deliver([alert]);
    expect(await world.group()).toMatchObject({ status: 'firing', times: 2, closed: null });
    expect((await world.said()).filter((each) => each.startsWith('broadcast'))).toHaveLength(2);
  });

  test('does not prevent a Revert, except where nothing has arrived for long', async () => {
    await world.record({ state: 'baking', releases: [world.release()] });
    await world.deliver([down()]);
    expect((await world.card()).labels).not.toContain('Close');
    await world.clock.advance(25 * 60 * minute);
    expect((await world.card()).labels).toEqual(['Revert to blue v1', 'Acknowledge', 'Silence…', 'Close']);
  });
});

describe('an acknowledgement', () => {
  test('is handed back by the control that gave it', async () => {
    await world.deliver([down()]);
    await acknowledge(world.parts, id, ann);
    expect((await world.card()).labels).toContain('Unacknowledge');
    expect(await unacknowledge(world.parts, id, ann)).toMatchObject({ ok: true });
    expect(await told()).toBe('event @U0ANN took the acknowledgement back: nobody is working on it now.');
    expect((await world.group()).acknowledged).toBeNull();
    expect((await world.card()).labels).toContain('Acknowledge');
    expect(await unacknowledge(world.parts, id, ann)).toMatchObject(nothing);
    await world.clock.advance(60 * minute);
    await world.tend();
    expect((await world.said()).join()).not.toContain('acknowledged by');
  });

  test('is taken back from somebody else, who is named', async () => {
    await world.deliver([down()]);
    await acknowledge(world.parts, id, ann);
    await unacknowledge(world.parts, id, bob);
    expect(await told()).toBe(
      'event @U0BOB took the acknowledgement of @U0ANN back: nobody is working on it now.',
    );
  });
});

describe('a silence', () => {
  test('can be ended by hand, and then the bot announces what it kept from the channel', async () => {
    await world.deliver([world.alert()]);
    await silence(world.parts, id, ann, { choice: '4h' });
    await world.deliver([down({ fingerprint: 'f2' })]);
    expect(await unsilence(world.parts, id, bob)).toMatchObject({ ok: true });
    expect(await told()).toBe('event @U0BOB ended the silence.');
    expect((await world.card()).text).not.toContain('Silenced');
    await world.tend();
    expect(await world.said()).toContain('broadcast 🚨 checkout: Down. @S1');
    expect(await unsilence(world.parts, id, bob)).toMatchObject(nothing);
  });
});
