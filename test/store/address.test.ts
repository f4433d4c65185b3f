import { describe, expect, test } from 'vitest';
import { readRedisUrl } from '../../src/redis/address.ts';
import { keyStart } from '../../src/redis/keys.ts';

describe('REDIS_URL', () => {
  test.each([
    ['redis://localhost', { kind: 'single', tls: false, hosts: [{ host: 'localhost', port: 6379 }], db: 0 }],
    ['rediss://h:1/2', { kind: 'single', tls: true, hosts: [{ host: 'h', port: 1 }], db: 2 }],
    ['redis://[::1]:7000/', { hosts: [{ host: '::1', port: 7000 }], db: 0 }],
    ['redis://:p%40ss@h', { password: 'p@ss' }],
    ['redis://u:a/b@c@h:1/1', { username: 'u', password: 'a/b@c', db: 1 }],
    [
      'redis+sentinel://u:p@a:1,b/main/3',
      {
        kind: 'sentinel',
        master: 'main',
        db: 3,
        username: 'u',
        hosts: [
          { host: 'a', port: 1 },
          { host: 'b', port: 26_379 },
        ],
      },
    ],
    ['redis+sentinel://a:1/main', { master: 'main', db: 0 }],
    ['rediss+cluster://a:1,b:2', { kind: 'cluster', tls: true }],
    ['redis+cluster://a:1/0', { kind: 'cluster', db: 0 }],
  ])('%s is read', (url, expected) => {
    expect(readRedisUrl(url)).toMatchObject(expected);
  });

  test.each([
    ['', 'must begin with'],
    ['http://u:hunter2@h', 'must begin with'],
    ['redis://u:hunter2@', 'host:port'],
    ['redis://u:hunter2@h:0', 'host:port'],
    ['redis://u:hunter2@h:70000', 'host:port'],
    ['redis://u:hunter2@h:1,g:2', 'one host'],
    ['redis://u:hunter2@h/zero', 'number'],
    ['redis://u:hunter2@h/0/1', 'path'],
    ['redis://u:hunter2@h?x=hunter2', 'query'],
    ['redis://hunter2@h', 'user:password'],
    ['redis://u:@h', 'password'],
    ['redis://u:hunter2%zz@h', 'percent-encoded'],
    ['redis+sentinel://u:hunter2@h:1', 'master'],
    ['redis+sentinel://u:hunter2@h:1/main/x', 'number'],
    ['redis+cluster://u:hunter2@h:1/1', 'database 0'],
  ])('%s is refused with words, without its value', (url, expected) => {
    let message = '';
    try {
      readRedisUrl(url);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(expected);
    expect(message).not.toContain('hunter2');
  });

  test('a prefix with braces or spaces, or none, is refused', () => {
    for (const prefix of ['', 'a b', '{a}']) expect(() => keyStart(prefix)).toThrow(/prefix/);
    expect(keyStart('switchback')).toBe('switchback:{switchback}:');
  });
});
