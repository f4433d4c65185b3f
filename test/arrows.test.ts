/** Who imports whom in `src`: the list of the lint rule `parts/arrows`, the tree, and what CONTRIBUTING says. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

interface LintConfig {
  overrides: { rules: Record<string, unknown> }[];
}

const config = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as LintConfig;
const [, arrows] = config.overrides.flatMap(({ rules }) => rules['parts/arrows'] ?? []) as [
  string,
  Record<string, string[]>,
];

const partOf = (path: string): string => (path.split('/')[0] ?? '').replace(/\.ts$/, '');

describe('The list of arrows', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );

  test('names each folder and each root file of src', () => {
    expect(Object.keys(arrows).toSorted()).toEqual([...new Set(files.map(partOf))].toSorted());
  });

  test('names no arrow that nothing needs', () => {
    const used = new Set(
      files.flatMap((path) =>
        [...readFileSync(join('src', path), 'utf8').matchAll(/(?:from |import\()'(\.[^']*)'/g)].map(
          ([, to = '']) => `${partOf(path)} -> ${partOf(join(dirname(path), to))}`,
        ),
      ),
    );
    const listed = Object.entries(arrows).flatMap(([from, all]) => all.map((to) => `${from} -> ${to}`));
    expect(listed.filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  test('stands in CONTRIBUTING as it is', () => {
    const [, block = ''] = /```text\n([^`]*)```/.exec(readFileSync('CONTRIBUTING.md', 'utf8')) ?? [];
    const shown = block
      .trimEnd()
      .split('\n')
      .map((row) => row.split('←').map((side) => side.trim()));
    expect(shown).toEqual(Object.entries(arrows).map(([part, all]) => [part, all.join(' ')]));
  });
});

describe('The lint rule', () => {
  const root = mkdtempSync(join(tmpdir(), 'arrows-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  /** The messages of the rule about one file, `src/low/a.ts` unless it names another. */
  function messages(text: string, path = 'src/low/a.ts'): Promise<string[]> {
    const allowed = { low: ['later'], high: ['low'], later: [] };
    const rules = { 'parts/arrows': ['error', allowed] };
    write(
      '.oxlintrc.json',
      JSON.stringify({ jsPlugins: [resolve('scripts/lint-arrows.mjs')], rules, categories: {} }),
    );
    write(path, text);
    const oxlint = resolve('node_modules/oxlint/bin/oxlint');
    return new Promise((done, fail) => {
      execFile(process.execPath, [oxlint, '-f', 'json', path], { cwd: root }, (_, out, errors) => {
        try {
          const { diagnostics } = JSON.parse(out) as { diagnostics: { code: string; message: string }[] };
          done(diagnostics.filter(({ code }) => code === 'parts(arrows)').map(({ message }) => message));
        } catch {
          fail(new Error(out + errors));
        }
      });
    });
  }

  test('finds each form of an import that has no arrow, types included', async () => {
    const found = await messages(`
      import { one } from '../high/b.ts';
      import type { Two } from '../high/b.ts';
      export type { Three } from '../high/b.ts';
      export * from '../high/b.ts';
      export const four = (): Promise<unknown> => import('../high/b.ts');
      export type Five = import('../high/b.ts').Five;
      export const six: Two = one;
    `);
    expect(found).toHaveLength(6);
    expect(found[0]).toContain('"low" must not import "high"');
  });

  test('allows the arrows of the list, the own folder and packages', async () => {
    const text = `
      import { readFileSync } from 'node:fs';
      import { low } from '../low.ts';
      import { c } from './inner/c.ts';
      export const all = [readFileSync, low, c];
    `;
    expect(await messages(text, 'src/high/b.ts')).toEqual([]);
  });

  test('finds an arrow upwards in the list, and a folder that is not in it', async () => {
    expect(await messages(`export * from '../later.ts';`)).toEqual([
      expect.stringContaining('must list "later" above "low"'),
    ]);
    expect(await messages(`export * from '../new/d.ts';`)).toEqual([
      expect.stringContaining('does not list the part "new"'),
    ]);
  });
});
