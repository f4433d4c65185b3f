import {
  chmod,
  chown,
  lstat,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withEntry, writeMapFile } from '../../src/routers/map-file.ts';
import { temporaryFolder } from '../support/processes.ts';

const never = new AbortController().signal;

describe('the text of a map file', () => {
  test.each([
    ['changes one line', 'a blue\nb blue\n', 'a green\nb blue\n'],
    ['keeps comments, spacing and empty lines', '# a blue\n\n  a \t blue\n', '# a blue\n\n  a \t green\n'],
    ['keeps CRLF', 'a blue\r\nb blue\r\n', 'a green\r\nb blue\r\n'],
    ['keeps a missing newline at the end', 'b blue\na blue', 'b blue\na green'],
    ['adds a missing line', 'b blue\n', 'b blue\na green\n'],
    ['adds a missing line after one without a newline', 'b blue', 'b blue\na green\n'],
    ['adds a missing line with the endings of the file', 'b blue\r\n', 'b blue\r\na green\r\n'],
    ['adds to an empty file', '', 'a green\n'],
    ['gives a key without a value one', 'a\nb blue\n', 'a green\nb blue\n'],
    ['changes every line of a key', 'a blue\na blue\n', 'a green\na green\n'],
    ['leaves keys that only begin alike', 'ab blue\na.b blue\n', 'ab blue\na.b blue\na green\n'],
    ['keeps bytes that are no UTF-8', '# \xff\xfe\na blue\n', '# \xff\xfe\na green\n'],
  ])('%s', (_what, before, after) => {
    expect(withEntry(before, 'a', 'green')).toBe(after);
    expect(withEntry(after, 'a', 'green')).toBeUndefined();
  });

  test.each([
    ['a carriage return inside', `a ${'x'.repeat(1e6)}\r${' '.repeat(1e6)}x`],
    ['carriage returns alone', `a${'\r'.repeat(2e6)}x`],
    ['blanks before a carriage return', `${' '.repeat(2e6)}\rx`],
    ['a long key', `${'k'.repeat(2e6)} \r x`],
  ])('is read in the time of its length with %s', (_what, odd) => {
    const before = `a blue\n${odd}\n`;
    expect(withEntry(before, 'b', 'green')).toBe(`${before}b green\n`);
  });

  test('has a value that ends with its line, with any characters in it', () => {
    expect(withEntry('a blue\r x\r\nb blue\n', 'a', 'green')).toBe('a green\r\nb blue\n');
  });
});

describe('a map file', () => {
  let dir: string;
  let file: string;
  beforeEach(async () => {
    dir = await temporaryFolder();
    file = join(dir, 'live.map');
    await writeFile(file, 'checkout blue\n');
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));
  const text = () => readFile(file, 'utf8');

  test('is replaced by rename and keeps mode and owner', async () => {
    await chmod(file, 0o640);
    if (process.getuid?.() === 0) await chown(file, 65534, 65534);
    const before = await stat(file);
    expect(await writeMapFile(file, 'checkout', 'green', never)).toBeUndefined();
    const after = await stat(file);
    expect(await text()).toBe('checkout green\n');
    expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid]);
    expect(after.ino).not.toBe(before.ino);
    expect(await readdir(dir)).toEqual(['live.map']);
  });

  test('that is right already is not written', async () => {
    const before = await stat(file);
    expect(await writeMapFile(file, 'checkout', 'blue', never)).toBeUndefined();
    expect((await stat(file)).ino).toBe(before.ino);
  });

  test('behind a symbolic link is written where it lies', async () => {
    const link = join(dir, 'link.map');
    await symlink(file, link);
    expect(await writeMapFile(link, 'checkout', 'green', never)).toBeUndefined();
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await text()).toBe('checkout green\n');
  });

  test('written by many at once loses nobody’s line', async () => {
    const keys = Array.from({ length: 12 }, (_, number) => `svc-${number}`);
    const errors = await Promise.all(keys.map((key) => writeMapFile(file, key, 'green', never)));
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
    expect((await text()).trimEnd().split('\n').sort()).toEqual(
      ['checkout blue', ...keys.map((key) => `${key} green`)].sort(),
    );
    expect(await readdir(dir)).toEqual(['live.map']);
  });

  test('whose lock somebody holds is left alone, and that is said', async () => {
    await writeFile(`${file}.lock`, 'another');
    expect(await writeMapFile(file, 'checkout', 'green', never)).toContain('is held by another process');
    expect(await text()).toBe('checkout blue\n');
    expect(await readFile(`${file}.lock`, 'utf8')).toBe('another');
  });

  test('whose lock was left by a dead process is written', async () => {
    await writeFile(`${file}.lock`, 'another');
    const longAgo = Date.now() / 1000 - 11;
    await utimes(`${file}.lock`, longAgo, longAgo);
    const both = await Promise.all([
      writeMapFile(file, 'checkout', 'green', never),
      writeMapFile(file, 'search', 'green', never),
    ]);
    expect(both).toEqual([undefined, undefined]);
    expect(await text()).toBe('checkout green\nsearch green\n');
    expect(await readdir(dir)).toEqual(['live.map']);
  });

  test('that does not exist is an error text and not an exception', async () => {
    const missing = join(dir, 'no', 'live.map');
    expect(await writeMapFile(missing, 'checkout', 'green', never)).toContain('does not exist');
  });
});
