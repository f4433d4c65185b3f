import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/config.ts';
import { deployOptions } from '../src/deploys/index.ts';
import { anyHealthOptions } from '../src/health/index.ts';
import { makeMetrics } from '../src/http/metrics.ts';
import { refusalCodes } from '../src/release/refusals.ts';
import { outcomeCodes } from '../src/release/release.ts';
import { routerOptions } from '../src/routers/index.ts';
import { prompts } from '../packages/playground/src/prompts.ts';
import { subcommands } from '../src/slack/subcommands/index.ts';
import { kindsOf } from './support/adapter-kinds.ts';

const readme = readFileSync('README.md', 'utf8');
const pages = Object.fromEntries(
  [
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync('docs')
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ].map((name) => [name, readFileSync(name, 'utf8')]),
);
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

/** One chapter of a page. */
function section(page: string, title: string): string {
  const [, text = ''] = (pages[page] ?? '').split(`\n## ${title}\n`);
  expect(text).not.toBe('');
  return text.split('\n## ')[0] ?? '';
}

/** Keys of an example, those of lists too; what people name themselves is left out. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

test('the least configuration of the README is one that works', () => {
  const yaml = /```yaml\n(slack:[\s\S]+?)```/.exec(readme)?.[1];
  const env = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', REDIS_URL: 'redis://localhost' };
  expect(loadConfig({ env, text: yaml ?? '' }).catalog.names()).toEqual(['checkout']);
});

test('the pages on the configuration have every key of the example', () => {
  const file = parse(readFileSync('switchback.yml', 'utf8')) as Record<string, unknown>;
  const { checkout, billing } = file['services'] as Record<string, Record<string, unknown>>;
  const keys = [checkout, billing, file['alerts']].flatMap(keysOf);
  const text = ['docs/configuration.md', 'docs/alerts.md', 'docs/alerts-in-slack.md', 'docs/commands.md']
    .map((page) => readFileSync(page, 'utf8'))
    .join('');
  const missing = [...new Set(keys)].filter((key) => !new RegExp(`\\b${key}\\b`).test(text));
  expect(missing).toEqual([]);
});

test('the page on the configuration lists each kind of adapter, and has rows for its keys', () => {
  const page = pages['docs/configuration.md'] ?? '';
  const listed = (key: string): string => new RegExp(`^\\| \`${key}\` \\|.*$`, 'm').exec(page)?.[0] ?? '';
  const kinds = (union: Parameters<typeof kindsOf>[0]) => kindsOf(union).filter((kind) => kind !== 'none');
  for (const kind of kinds(routerOptions)) expect(listed('router')).toContain(`\`${kind}\``);
  for (const kind of kinds(deployOptions)) expect(listed('deploy\\.kind')).toContain(`\`${kind}\``);
  for (const [what, union] of [
    ['router', routerOptions],
    ['deploy', deployOptions],
    ['health', anyHealthOptions],
  ] as const)
    for (const kind of kinds(union)) expect(page).toContain(`\n| ${what} \`${kind}\` |`);
});

test('the table of routers has each kind with its page, to which the README leads too', () => {
  const table = section('docs/routers.md', 'What each needs');
  const rows = new Map(
    [...table.matchAll(/^\| \[`([a-z-]+)`\]\(([a-z-]+\.md)\)/gm)].map(([, kind, page]) => [kind, page]),
  );
  expect(new Set(rows.keys())).toEqual(new Set(kindsOf(routerOptions)));
  const [row = ''] = /^\| \[routers\].*$/m.exec(readme) ?? [];
  for (const page of rows.values()) expect(row).toContain(`(docs/${page})`);
});

test('the page of commands lists every subcommand as it is used, and each button', () => {
  const listed = section('docs/commands.md', 'Commands');
  for (const { usage } of subcommands) {
    for (const one of usage.split(' | ')) {
      expect(listed).toContain(`\`${one}\``);
    }
  }
  const [drawn, notices] = ['card-buttons', 'notice'].map((name) =>
    readFileSync(`src/slack/cards/${name}.ts`, 'utf8').replaceAll('`', "'"),
  );
  const literal = [...`${drawn}${notices}`.matchAll(/\bbutton\(\s*'[\w.]+',\s*'([^'$]+)'/g)].map(
    ([, label = '']) => label,
  );
  expect(literal).toContain('Cancel request');
  // These are put together where they are drawn.
  const computed = ['Revert', 'Put back', 'Retry'];
  for (const label of computed) expect(drawn).toMatch(new RegExp(`'${label}['$ ]`));
  for (const label of [...literal, ...computed])
    expect(section('docs/commands.md', 'Buttons')).toContain(`**${label}**`);
});

test('the page on operation names every metric', async () => {
  const { text } = await makeMetrics(() => Promise.resolve(0)).read();
  const names = [...text.matchAll(/^# TYPE (switchback_\w+)/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(8);
  const missing = names.filter((name) => !pages['docs/operate.md']?.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

test('the pages of commands and troubleshooting name every code of a refusal and of an end, and no other', () => {
  const all = [...refusalCodes, ...outcomeCodes];
  for (const code of all) expect(section('docs/commands.md', 'Commands')).toContain(`\`${code}\``);
  const [, codes = ''] = readFileSync('docs/troubleshooting.md', 'utf8').split('\n## Codes of refusals\n');
  const named = [...codes.matchAll(/^\| `([a-z-]+)` \| \S/gm)].map(([, code]) => code);
  expect(new Set(named)).toEqual(new Set<string>(all));
  expect(named).toHaveLength(all.length);
});

test('the page of the playground shows only commands that there are', () => {
  const shown = /```\n(\/release stage[\s\S]+?)```/.exec(pages['docs/playground.md'] ?? '')?.[1] ?? '';
  const words = shown
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  expect(words.length).toBeGreaterThan(5);
  expect(words.filter((word) => !Object.hasOwn(prompts, word))).toEqual([]);
});

/** The anchors of a page, as GitHub makes them of its headings. */
function anchors(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^#{2,4} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** True when this link of a page names a file or a heading that is not there. */
function leadsNowhere(link: string, name: string): boolean {
  const [file = '', heading] = link.split('#');
  const path = file === '' ? name : join(dirname(name), file);
  return !existsSync(path) || (heading !== undefined && !anchors(path).includes(heading));
}

test.each(Object.entries(pages))(
  '%s links to what is there, and names scripts that there are',
  (name, text) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => leadsNowhere(link, name))).toEqual([]);
    const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  },
);

test('comments link to pages and headings that are there', () => {
  const files = ['src', 'test', 'bench'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );
  const links = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bdocs\/[a-z-]+\.md(?:#[a-z0-9-]+)?/g)].map(([link]) => ({
      file,
      link,
    })),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter(({ link }) => leadsNowhere(link, 'README.md'))).toEqual([]);
});
