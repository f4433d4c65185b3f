/** At least one kill of each step of a turn, under writes. Many more: turns.long.ts. */
import { expect, it } from 'vitest';
import { openShop } from './turns.ts';

it('no acknowledged write is lost or doubled when the bot is killed at each step of a turn', {
  timeout: 300_000,
}, async () => {
  const shop = await openShop();
  try {
    const kills = [
      ['promote:switch:close blue', 'revert:switch:close green'],
      ['promote:switch:sequences green', 'revert:switch:cut blue'],
      ['promote:switch:follow blue', 'revert:switch:open blue'],
      // The intent, and the end of a switch whose databases are turned already.
      ['promote:switch', 'revert>idle'],
    ];
    for (const [promote, revert] of kills) {
      await shop.switch('green', { ...(promote !== undefined && { kill: promote }) });
      await shop.switch('blue', { ...(revert !== undefined && { kill: revert }) });
    }
    const { acknowledged } = await shop.judge();
    expect(acknowledged).toBeGreaterThan(1_000);
  } finally {
    await shop.close();
  }
});
