import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findAccess } from '../../src/kubernetes/access.ts';

const before = process.env['KUBECONFIG'];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'access-'));
  process.env['KUBECONFIG'] = join(folder, 'config');
});
afterAll(async () => {
  if (before === undefined) delete process.env['KUBECONFIG'];
  else process.env['KUBECONFIG'] = before;
  await rm(folder, { recursive: true });
});

const write = (server: string) =>
  writeFile(
    join(folder, 'config'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'shop',
      clusters: [{ name: 'one', cluster: { server } }],
      users: [{ name: 'user', user: { token: 'a-token' } }],
      contexts: [{ name: 'shop', context: { cluster: 'one', user: 'user' } }],
    }),
  );

test.each([
  ['again', 0, 'https://new.example'],
  ['not at every try', 60_000, 'https://old.example'],
])('a kubeconfig of a place where nobody answers is read %s', async (_how, doubtedMs, server) => {
  await write('https://old.example/');
  const access = findAccess('shop', doubtedMs);
  expect(await access.find()).toMatchObject({ server: 'https://old.example' });
  await write('https://new.example');
  expect(await access.find()).toMatchObject({ server: 'https://old.example' });
  access.doubt();
  expect(await access.find()).toMatchObject({ server });
  access.forget();
  expect(await access.find()).toMatchObject({ server: 'https://new.example' });
});

test('an error of a kubeconfig names its file', async () => {
  const file = process.env['KUBECONFIG'] ?? '';
  await write('https://one.example');
  await expect(findAccess('cart').find()).rejects.toThrow(`the kubeconfig ${file} has no context cart`);
  await writeFile(file, '{ this is none');
  await expect(findAccess('shop').find()).rejects.toThrow(
    `the kubeconfig ${file} cannot be read: it is not a kubeconfig`,
  );
  await rm(file);
  await expect(findAccess('shop').find()).rejects.toThrow(
    `the kubeconfig ${file} cannot be read: socket or file does not exist`,
  );
});

test('what the client does not accept is said in its own words', async () => {
  await write('http://one.example');
  await expect(findAccess('shop').find()).rejects.toThrow(
    'its credentials cannot be read: HTTP protocol is not allowed when skipTLSVerify is not set or false',
  );
});
