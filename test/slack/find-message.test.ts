import { describe, expect, test } from 'vitest';
import type { ShownMessage } from '../../src/release/store.ts';
import { findShown } from '../../src/slack/find-message.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const card: ShownMessage = {
  channel: 'C1',
  ts: '1.1',
  kind: 'card',
  service: 'checkout',
  release: 'r1',
  epoch: 1,
};

/** A look for a card that is not stored yet. */
function look(): {
  clock: ReturnType<typeof virtualClock>;
  found: Promise<ShownMessage | null>;
  store: () => void;
} {
  const clock = virtualClock();
  let stored: ShownMessage | null = null;
  const outbox = { findMessage: () => Promise.resolve(stored) };
  return { clock, found: findShown(card, { outbox, clock }), store: () => void (stored = card) };
}

describe('the message that a button stands on', () => {
  test('is waited for while it is being stored', async () => {
    const { clock, found, store } = look();
    await clock.advance(1_500);
    store();
    await clock.advance(200);
    expect(await found).toEqual(card);
  });

  test('is waited for as long although this process stood still', async () => {
    const { clock, found, store } = look();
    await clock.advance(150);
    await clock.jump(5_000);
    store();
    await clock.advance(200);
    expect(await found).toEqual(card);
  });

  test('is unknown when nothing is found within two seconds', async () => {
    const { clock, found } = look();
    await clock.advance(2_200);
    expect(await found).toBeNull();
  });
});
