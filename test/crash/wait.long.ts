import { expect, it } from 'vitest';
import { killedInWait } from './wait-kills.ts';

it('a bot that is killed before or after any save of the wait before a switch leaves a window that another goes on with', {
  timeout: 600_000,
}, async () => {
  const labels = ['promote:read-only', 'promote:read-only:waits', 'promote:switch'];
  const kills = labels.flatMap((label) => [[label, 'before'] as const, [label, 'after'] as const]);
  await expect(killedInWait(kills)).resolves.toBeUndefined();
});
