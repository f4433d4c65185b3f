import { expect, it } from 'vitest';
import { examineWrites } from '../../src/doctor/writes.ts';
import { makeWritesHooks } from '../../src/hooks/index.ts';

const hooks = makeWritesHooks({
  mode: 'hook',
  on: { url: 'https://bot:pw@shop.example/stop?key=1' },
  off: { url: 'https://shop.example/allow' },
  max: 3_000,
});

it('the hooks that stop writes are named without their secrets, and not called', () => {
  expect(examineWrites('checkout', hooks, null)).toEqual([
    {
      name: 'checkout cutover.writes',
      state: 'ok',
      found: 'stopped by shop.example/stop, let go on by shop.example/allow; not called here',
    },
  ]);
  expect(examineWrites('checkout', {}, null)).toEqual([]);
});

it('an "off" that is not answered is an error', () => {
  const call = {
    release: 'r',
    version: 'v2',
    from: 'blue' as const,
    to: 'green' as const,
    epoch: 2,
    actor: 'U1',
    reason: '',
  };
  const writesOff = { id: 'w', call, since: 1, callAt: 1, tries: 2, cause: 'answered 500' };
  expect(examineWrites('checkout', hooks, { writesOff })).toEqual([
    {
      name: 'checkout cutover.writes',
      state: 'wrong',
      found: 'writes may be stopped: answered 500',
      fix: 'have shop.example/allow answer with 2xx',
    },
  ]);
});
