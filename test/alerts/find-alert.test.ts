/** How people name an alert that they type a command about. */
import { beforeEach, describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import type { AlertGroup } from '../../src/release/alerts/alert.ts';
import { emptyGroup } from '../../src/release/alerts/merge.ts';
import { findAlert } from '../../src/release/find-alert.ts';
import { plain } from '../../src/release/line.ts';
import { refusalWords } from '../../src/release/refusals.ts';

const slow = `3fa2c1${'0'.repeat(18)}`;
const full = `3fa9${'0'.repeat(20)}`;
const stray = `beef${'0'.repeat(20)}`;
const over = `abcd${'0'.repeat(20)}`;

let memory: ReturnType<typeof openMemory>;

async function fires(id: string, more: Partial<AlertGroup>): Promise<void> {
  const about = { id, source: 'prom', group: id, service: 'checkout', channel: 'C1' };
  const group = { ...emptyGroup(about), status: 'firing' as const, severity: 'critical' as const, times: 1 };
  const change = { expect: 0, opens: true, urgent: false, notices: [], draw: true, due: null };
  await memory.alerts.save({ ...change, group: { ...group, ...more } });
}

beforeEach(async () => {
  memory = openMemory();
  await fires(slow, { titles: ['CheckoutSlow'] });
  await fires(full, { titles: ['Disk Full', 'Disk Broken'] });
  await fires(stray, { service: null, titles: ['Watchdog'] });
  await fires(over, { service: 'mail', status: 'resolved', titles: ['MailDown'] });
});

const found = async (text: string): Promise<string> => {
  const answer = await findAlert(memory.alerts, 'silence', text);
  return typeof answer === 'string' ? answer : `${answer.code}: ${plain(refusalWords(answer))}`;
};

describe('an alert', () => {
  test.each([
    ['the id on its message', '3fa2c1', slow],
    ['that id in capitals', '3FA2C1', slow],
    ['its whole id, also when it is over', over, over],
    ['an id, where it has no service', 'beef', stray],
    ['its service and a title', 'checkout CheckoutSlow', slow],
    ['its service and a part of a title', 'Checkout  disk full', full],
  ])('is found by %s', async (_how, text, id) => {
    expect(await found(text)).toBe(id);
  });

  test('is asked for again where several fit, with the ids', async () => {
    const several =
      /^bad-arguments: 2 firing alerts fit .*3fa2c1 alert CheckoutSlow of checkout.*3fa900 alert Disk Full and 1 more of checkout/;
    expect(await found('checkout')).toMatch(several);
    expect(await found('3fa2')).toBe(slow);
    await fires(`3fa2ff${'0'.repeat(18)}`, { titles: ['Other'] });
    expect(await found('3fa2')).toMatch(/^bad-arguments: 2 firing alerts fit 3fa2/);
  });

  test('is not chosen by its title where more fire than are read', async () => {
    for (let i = 0; i < 200; i += 1) await fires(i.toString(16).padStart(24, '0'), { titles: ['Other'] });
    expect(await found('checkout CheckoutSlow')).toMatch(/^bad-arguments: 202 alerts fire that .*too many/);
    expect(await found('3fa2c1')).toBe(slow);
  });

  test('that nothing fits is not guessed', async () => {
    expect(await found('checkout memory')).toMatch(
      /^nothing-to-do: No firing alert fits .*These fire: 3fa2c1/,
    );
    expect(await found('mail')).toMatch(/^nothing-to-do: .*Name it by the id on its message/);
    expect(await found('abcd')).toMatch(/^nothing-to-do: /);
    expect(await found('')).toMatch(/^nothing-to-do: /);
  });
});

test('an alert is the only one of its service', async () => {
  await fires(`1234${'0'.repeat(20)}`, { service: 'search', titles: ['SearchDown'] });
  expect(await found('search')).toMatch(/^1234/);
});
