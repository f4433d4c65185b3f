import { expect, test } from 'vitest';
import { inSteps } from '../../src/alerts/steps.ts';
import type { Steps } from '../../src/alerts/steps.ts';

test('other waiting work runs between steps that take long', async () => {
  const did: string[] = [];
  function* work(): Steps<string> {
    setImmediate(() => did.push('another'));
    for (const name of ['one', 'two']) {
      const end = performance.now() + 30;
      while (performance.now() < end);
      did.push(name);
      yield;
    }
    return 'done';
  }
  expect(await inSteps(work())).toBe('done');
  expect(did).toEqual(['one', 'another', 'two']);
});
