import { describe, expect, test } from 'vitest';
import { routerOptions } from '../../src/routers/index.ts';

const haproxy = {
  kind: 'haproxy',
  address: 'tcp://127.0.0.1:9999',
  map: '/etc/haproxy/live.map',
  key: 'checkout',
};

const caddy = {
  kind: 'caddy',
  admin: 'http://127.0.0.1:2019',
  id: 'checkout',
  upstreams: { blue: '10.0.0.11:8080', green: '10.0.0.12:8080' },
};

describe('options of Caddy', () => {
  test.each([
    ['another port and a path before it', { admin: 'https://edge.example:8443/caddy' }],
    ['a socket', { admin: 'unix:/run/caddy/admin.sock' }],
    [
      'upstreams by name, by IPv6 and by socket',
      { upstreams: { blue: '[::1]:80', green: 'unix//run/app.sock' } },
    ],
    ['names of containers', { upstreams: { blue: 'checkout_blue:80', green: 'tcp/checkout-green:80' } }],
    ['a longer wait for late writes', { settles: '1m' }],
  ])('take %s', (_what, right) => {
    expect(routerOptions.parse({ ...caddy, ...right })).toMatchObject({ kind: 'caddy', id: 'checkout' });
  });

  test.each([
    ['an admin API without a scheme', { admin: '127.0.0.1:2019' }],
    ['an admin API with a query', { admin: 'http://127.0.0.1:2019/?a' }],
    ['a relative socket', { admin: 'unix:admin.sock' }],
    ['an id that is a path', { id: 'checkout/upstreams' }],
    ['no id', { id: '' }],
    ['upstreams by URL', { upstreams: { blue: 'http://10.0.0.11:8080', green: '10.0.0.12:8080' } }],
    ['upstreams without a port', { upstreams: { blue: '10.0.0.11', green: '10.0.0.12:8080' } }],
    ['a port out of range', { upstreams: { blue: '10.0.0.11:80800', green: '10.0.0.12:8080' } }],
    ['equal upstreams', { upstreams: { blue: '10.0.0.11:8080', green: '10.0.0.11:8080' } }],
    ['one upstream only', { upstreams: { blue: '10.0.0.11:8080' } }],
    ['a deadline', { deadline: '1s' }],
  ])('refuse %s', (_what, wrong) => {
    expect(routerOptions.safeParse({ ...caddy, ...wrong }).success).toBe(false);
  });
});

describe('router options', () => {
  test('take one address or a list, and colors are their own values by default', () => {
    const values = { blue: 'blue', green: 'green' };
    expect(routerOptions.parse(haproxy)).toMatchObject({ address: ['tcp://127.0.0.1:9999'], values });
    const address = ['tcp://[::1]:1', 'unix:/run/haproxy/admin.sock', 'tcp://lb-1.example.com:9999'];
    expect(routerOptions.parse({ ...haproxy, address })).toMatchObject({ address });
  });

  test.each([
    ['a key that ends the command', { key: 'a; disable frontend f' }],
    ['a key with a newline', { key: 'a\nshutdown' }],
    ['a key with a newline at its end', { key: 'a\n' }],
    ['an empty key', { key: '' }],
    ['a map with a space', { map: '/a b' }],
    ['a value with a quote', { values: { blue: 'a"', green: 'b' } }],
    ['equal values', { values: { blue: 'a', green: 'a' } }],
    ['one value only', { values: { blue: 'a' } }],
    ['no address', { address: [] }],
    ['an instance named twice', { address: ['tcp://a:1', 'tcp://a:1'] }],
    ['an address without a scheme', { address: '127.0.0.1:9999' }],
    ['a port out of range', { address: 'tcp://a:70000' }],
    ['an address with credentials', { address: 'tcp://user:secret@a:1' }],
    ['a relative map file', { mapFile: 'live.map' }],
    ['an unknown key', { maps: 'x' }],
    ['an unknown kind', { kind: 'traefik' }],
  ])('refuse %s', (_what, wrong) => {
    expect(routerOptions.safeParse({ ...haproxy, ...wrong }).success).toBe(false);
  });

  test('never repeat a value in a mistake', () => {
    const wrong = { kind: 'http', url: 'ftp://secret@host', token: 'top secret\n' };
    const said = routerOptions.safeParse(wrong).error?.message ?? '';
    expect(said).toContain('must be an http:// or https:// URL');
    expect(said).not.toContain('secret');
  });
});
