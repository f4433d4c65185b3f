import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { DeadlinePassed, withDeadline } from '../../src/net/deadline.ts';
import { standStill } from '../support/stand-still.ts';

const never = new AbortController().signal;

describe('a deadline', () => {
  test('ends what gives no answer', async () => {
    const waiting = withDeadline(50, never, () => new Promise(() => {}));
    await expect(waiting).rejects.toThrow(new DeadlinePassed(50));
  });

  test('is not passed because this process stood still while the answer came', async () => {
    const reading = withDeadline(100, never, () => readFile('package.json', 'utf8'));
    standStill(300);
    expect(await reading).toContain('switchback');
  });

  test('ends with the signal of the caller', async () => {
    const stopping = new AbortController();
    const waiting = withDeadline(60_000, stopping.signal, () => new Promise(() => {}));
    stopping.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
  });
});
