import { expect, it } from 'vitest';
import { killIn } from './nginx-kills.ts';

it('nginx, its include file and the record agree after each kill in a switch, and no client without a kept connection fails', async () => {
  expect(await killIn(2, 12)).toBe(2);
});
