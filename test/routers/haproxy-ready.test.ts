import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { readBackends } from '../../src/routers/haproxy-ready.ts';
import { type HaproxyServer, startHaproxy } from '../support/haproxy.ts';

const never = new AbortController().signal;
let haproxy: HaproxyServer;
beforeAll(async () => {
  haproxy = await startHaproxy({ checkout: { blue: 1, green: 1 } });
});
beforeEach(async () => {
  await haproxy.command('set server checkout_green/green state ready;set weight checkout_green/green 1');
});
afterAll(() => haproxy.stop());

const could = async (color: 'blue' | 'green', more: object = {}) => {
  const router = makeRouter(routerOptions.parse({ ...haproxy.options('checkout'), ...more }));
  const { instance: _, ...said } = (await router.ready(color, never))[0] ?? {};
  return said;
};

describe('HAProxy could serve a color', () => {
  test('when its backend has a server that no check holds back', async () => {
    expect(await could('green')).toEqual({ ready: 'yes' });
  });

  test.each(['maint', 'drain'])('not while its only server is in %s', async (state) => {
    await haproxy.command(`set server checkout_green/green state ${state}`);
    expect(await could('green')).toEqual({
      ready: 'no',
      detail: 'HAProxy has no server of checkout_green up',
    });
    expect(await could('blue')).toEqual({ ready: 'yes' });
  });

  test('not while its only server has the weight 0', async () => {
    await haproxy.command('set weight checkout_green/green 0');
    expect(await could('green')).toMatchObject({ ready: 'no' });
  });

  test('not where no backend has the name that the map would say', async () => {
    const values = { blue: 'checkout_blue', green: 'checkout_gren' };
    expect(await could('green', { values })).toEqual({
      ready: 'no',
      lasting: true,
      detail: 'HAProxy has no backend checkout_gren',
    });
    expect(await could('blue', { values })).toEqual({ ready: 'yes' });
  });

  test('as far as is known, where the values of the map are no names of backends', async () => {
    expect(await could('green', { values: undefined })).toMatchObject({
      ready: 'unknown',
      lasting: true,
      detail: expect.stringContaining('name no backends of HAProxy'),
    });
  });
});

describe('HAProxy’s answer about a backend', () => {
  const header = '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight';
  const row = (op: number, admin: number, weight = 1) => `\n4 b 1 s 127.0.0.1 ${op} ${admin} ${weight}`;

  test.each([
    ['a server that starts', row(1, 0), 'yes'],
    ['one that runs next to one that is down', row(0, 0) + row(2, 0), 'yes'],
    ['one that is down', row(0, 0), 'no'],
    ['one that is stopping', row(3, 0), 'no'],
    ['one in maintenance by the configuration', row(0, 5), 'no'],
    ['one in maintenance by DNS', row(2, 32), 'no'],
    ['one that drains with what it tracks', row(2, 16), 'no'],
    ['no server at all', '', 'no'],
  ])('with %s', (_what, rows, ready) => {
    expect(readBackends(`${header}${rows}\n\n${header}\n`, 'b')).toMatchObject({ ready });
  });

  test('that its configuration disables', () => {
    const disabled = `${header}${row(2, 0)}\n\nCan't find backend.\n\n# pxname,svname,qcur,\n`;
    expect(readBackends(disabled, 'b')).toEqual({
      ready: 'no',
      detail: "HAProxy's backend b is disabled",
    });
  });

  test.each(['Permission denied', 'Unknown command: show', '', '2\n# id name\n1 b'])(
    'in unknown words (%j) prevents nothing',
    (text) => {
      expect(readBackends(`${text}\n\n${text}`, 'b')).toMatchObject({ ready: 'unknown' });
    },
  );
});
