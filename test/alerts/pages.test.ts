/** What the pages say of alerts, tried as it stands there. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openRoute, routeToken } from '../support/alert-route.ts';

const run = promisify(execFile);

/** The examples in sh of a page that send something. */
function examplesOf(page: string): string[] {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```sh\n([\s\S]+?)^```$/gm)];
  return blocks.map(([, text = '']) => text).filter((text) => text.includes('/hooks/alerts/own'));
}

/** Runs examples one after the other in one shell, against a bot that listens elsewhere than theirs. */
async function tried(examples: string[], origin: string): Promise<string> {
  const text = examples.join('\n').replaceAll('http://127.0.0.1:3000', origin);
  const { stdout } = await run('sh', ['-euc', text], {
    env: { PATH: process.env['PATH'], ALERTS_TOKEN: routeToken },
  });
  return stdout;
}

test('the example of the README is stored', async () => {
  const { origin, taken } = await openRoute();
  expect(await tried(examplesOf('README.md'), origin)).toBe('stored\n');
  expect(taken[0]?.delivery.alerts[0]).toMatchObject({ title: 'Too many errors', severity: 'critical' });
});
