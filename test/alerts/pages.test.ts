/** What the pages say of alerts, tried as it stands there. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { responseOf } from '../../src/alerts/responses.ts';
import type { DeliveryAnswer } from '../../src/alerts/responses.ts';
import { severityWords } from '../../src/alerts/severity.ts';
import { alertSourceOptions } from '../../src/alerts/sources/index.ts';
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

test('the example of the page on alerts in Slack is stored', async () => {
  const { origin, taken } = await openRoute();
  expect(await tried(examplesOf('docs/alerts-in-slack.md'), origin)).toBe('stored\n');
  expect(taken[0]?.delivery.alerts[0]).toMatchObject({ title: 'Too many errors', severity: 'critical' });
});

const page = readFileSync('docs/alerts.md', 'utf8');
const yamls = [...page.matchAll(/^```yaml\n([\s\S]+?)^```$/gm)].map(([, text = '']) => text);

test('the examples of the page on alerts begin one, and end it', async () => {
  const { origin, taken } = await openRoute();
  const examples = examplesOf('docs/alerts.md');
  expect(examples).toHaveLength(2);
  expect(await tried(examples, origin)).toBe('stored\nstored\n');
  const [fired, ended] = taken.map(({ delivery }) => delivery);
  const common = { fingerprint: 'errors', title: 'Too many errors', severity: 'critical' };
  expect(fired?.alerts).toEqual([
    {
      ...common,
      status: 'firing',
      summary: '5 % of requests fail',
      labels: { service: 'checkout', color: 'green' },
      since: expect.any(Number) as number,
      links: [{ label: '↗ Runbook', url: 'https://runbooks.example.com/checkout' }],
    },
  ]);
  expect(ended).toMatchObject({ group: fired?.group, alerts: [{ ...common, status: 'resolved' }] });
  expect(ended?.alerts[0]?.since).toBe(fired?.alerts[0]?.since);
  expect(ended?.alerts[0]?.endedAt).toBeGreaterThanOrEqual(fired?.alerts[0]?.since ?? Infinity);
});

test('the page on alerts has every word for severity, and no other', () => {
  for (const [severity, words] of Object.entries(severityWords)) {
    const [, listed = ''] = new RegExp(`^\\| ${severity} \\| (.+) \\|$`, 'm').exec(page) ?? [];
    expect(listed.replaceAll('`', '')).toBe(words);
  }
});

test('the page on alerts has every answer with its status', () => {
  const rows = [...page.matchAll(/^\| (\d{3}) \| `([a-z-]+)` \|/gm)];
  const listed = rows.map(([, status, kind]) => [kind, Number(status)]);
  const kinds: Record<DeliveryAnswer['kind'], true> = {
    stored: true,
    'stored-in-part': true,
    'nothing-to-store': true,
    unreadable: true,
    'not-authentic': true,
    'no-such-source': true,
    'source-elsewhere': true,
    'wrong-method': true,
    'too-large': true,
    busy: true,
    'not-stored': true,
  };
  for (const [kind, status] of listed) expect(responseOf({ kind } as DeliveryAnswer).status).toBe(status);
  expect(new Set(listed.map(([kind]) => kind))).toEqual(new Set(Object.keys(kinds)));
});

test('the sources that the page gives are valid, with every option that there is', () => {
  const { alerts } = parse(yamls[0] ?? '') as { alerts: { sources: Record<string, unknown> } };
  const kinds = Object.values(alerts.sources).map((source) => alertSourceOptions.parse(source));
  expect(kinds.map(({ kind }) => kind)).toEqual(['alertmanager', 'grafana', 'generic']);
  for (const key of Object.keys(kinds[0] ?? {})) expect(page).toContain(`| \`${key}\` |`);
});

test('Alertmanager and Prometheus find nothing wrong with what the page gives for them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [, routes = '', rules = ''] = yamls;
  writeFileSync(join(folder, 'alertmanager.yml'), routes);
  writeFileSync(join(folder, 'rules.yml'), rules);
  const checked = await run('amtool', ['check-config', join(folder, 'alertmanager.yml')]);
  expect(checked.stdout).toContain('SUCCESS');
  expect((await run('promtool', ['check', 'rules', join(folder, 'rules.yml')])).stdout).toContain('SUCCESS');
});
