import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { built } from '../support/built.ts';

const run = promisify(execFile);

test('a verb does not load the client of Slack, which it has no use for', async () => {
  const { dir } = await built();
  const script = `
    import { createRequire } from 'node:module';
    for (const name of ['read', 'change', 'dry-promote', 'break-glass']) await import('./src/cli/' + name + '.js');
    const { cache } = createRequire(process.cwd() + '/');
    console.log(JSON.stringify(Object.keys(cache)));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: dir });
  const loaded = (JSON.parse(stdout) as string[]).map((file) => file.split('node_modules/').at(-1));
  expect(loaded).toContainEqual(expect.stringMatching(join('undici', 'index.js')));
  expect(loaded.filter((file) => file?.startsWith('@slack'))).toEqual([]);
});
