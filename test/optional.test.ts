import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { findingsOf, showPath } from '../src/config/config-errors.ts';
import { isInstalled, kindThatNeeds, type OptionalPackage } from '../src/optional.ts';

const names: OptionalPackage[] = [
  '@kubernetes/client-node',
  '@aws-sdk/client-elastic-load-balancing-v2',
  'pg',
];
const empty = await mkdtemp(join(tmpdir(), 'no-packages-'));
const nowhere = pathToFileURL(join(empty, 'bot.js')).href;
afterAll(() => rm(empty, { recursive: true }));

/** Adapters as a configuration reads them, of which one needs a package. */
function options(from?: string) {
  const needy = z.strictObject({
    kind: kindThatNeeds('needy', '@kubernetes/client-node', from),
    name: z.string(),
  });
  return z.strictObject({
    router: z.discriminatedUnion('kind', [needy, z.strictObject({ kind: z.literal('plain') })]),
  });
}

function mistakes(schema: z.ZodType, value: unknown): string[] {
  const read = schema.safeParse(value);
  return read.success
    ? []
    : findingsOf(read.error, [], schema).map(({ path, message }) => `${showPath(path)}: ${message}`);
}

test('the optional packages are those of package.json, and nothing else needs them', () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
    string,
    Record<string, string>
  >;
  expect(Object.keys(optionalDependencies ?? {}).sort()).toEqual([...names].sort());
  expect(Object.keys(dependencies ?? {})).not.toEqual(expect.arrayContaining(names));
});

test.each(names)('%s is seen where it is installed, and missed where it is not', (name) => {
  expect(isInstalled(name)).toBe(true);
  expect(isInstalled(name, nowhere)).toBe(false);
});

test('a kind whose package is missing is a mistake that says what to install, next to all others', () => {
  expect(mistakes(options(), { router: { kind: 'needy', name: 'x' } })).toEqual([]);
  expect(mistakes(options(nowhere), { router: { kind: 'needy' } })).toEqual([
    'router.kind: needs the package @kubernetes/client-node, which is not installed: npm install @kubernetes/client-node (with --omit=dev, if npm ci had it)',
    'router.name: is missing',
  ]);
  expect(mistakes(options(nowhere), { router: { kind: 'plain' } })).toEqual([]);
});

/** What a folder takes on the disk, bytes; packages inside of a package are counted by themselves. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + sizeOf(path);
    return sum + statSync(path).blocks * 512;
  }, 0);
}

test('an installation without optional and development packages takes less than 60 MB', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: true; optional?: true; devOptional?: true }>;
  };
  const needed = Object.entries(packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([path]) => path);
  expect(needed.length).toBeGreaterThan(100);
  expect(needed.filter((path) => !existsSync(path))).toEqual([]);
  expect(needed.reduce((sum, path) => sum + sizeOf(path), 0)).toBeLessThan(60e6);
});
