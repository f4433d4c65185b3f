import { expect, it } from 'vitest';
import { everyStopKill, killedInStop } from './stop-kills.ts';

it('a bot that is killed at any moment of a switch in which hooks stop writes leaves them to another, which lets them go on', {
  timeout: 900_000,
}, async () => {
  await expect(killedInStop(everyStopKill)).resolves.toBeUndefined();
});
