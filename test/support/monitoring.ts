/** A real Prometheus and a real Alertmanager on loopback. */
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { startProcess, temporaryFolder } from './processes.ts';

/** A server and where it listens. */
export interface Monitor {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

async function start(
  command: string,
  files: Record<string, object>,
  args: (folder: string, port: number) => string[],
  chosen?: number,
  prepare: (folder: string) => Promise<void> = async () => {},
): Promise<Monitor> {
  const [folder, port] = [await temporaryFolder(), chosen ?? (await freePort())];
  // What they read is YAML, of which JSON is a part.
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), JSON.stringify(content));
  await prepare(folder);
  const url = `http://127.0.0.1:${port}`;
  const server = await startProcess({
    command,
    args: args(folder, port),
    ready: async () => (await fetch(`${url}/-/ready`)).status === 200,
  });
  return {
    port,
    url,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An Alertmanager that sends each group to all of these webhooks, with this bearer token. */
export function startAlertmanager(webhooks: readonly string[], token: string): Promise<Monitor> {
  const config = {
    global: { resolve_timeout: '5s' },
    route: {
      receiver: 'switchback',
      group_by: ['alertname', 'service'],
      group_wait: '300ms',
      group_interval: '500ms',
      repeat_interval: '1h',
    },
    receivers: [
      {
        name: 'switchback',
        webhook_configs: webhooks.map((url) => ({
          url,
          send_resolved: true,
          http_config: { authorization: { credentials: token } },
        })),
      },
    ],
  };
  return start('prometheus-alertmanager', { 'alertmanager.yml': config }, (folder, port) => [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ]);
}

/** A Prometheus that scrapes these targets (`host:port`) twice a second, by job, and tells of these rules. `chosen`: its port. */
export function startPrometheus(
  jobs: Readonly<Record<string, string[]>>,
  rules: readonly object[],
  alertmanager: Monitor,
  chosen: number,
): Promise<Monitor> {
  const config = {
    global: { scrape_interval: '500ms', scrape_timeout: '400ms', evaluation_interval: '500ms' },
    rule_files: ['rules.yml'],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanager.port}`] }] }] },
    scrape_configs: Object.entries(jobs).map(([job, targets]) => ({
      job_name: job,
      static_configs: [{ targets }],
    })),
  };
  const files = { 'prometheus.yml': config, 'rules.yml': { groups: [{ name: 'all', rules }] } };
  const args = (folder: string, port: number): string[] => [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return start('prometheus', files, args, chosen);
}

/** A sample as it is stored: a name with its labels, a value, a time in ms since 1970. */
export type StoredSample = readonly [series: string, value: number, at: number];

/** A Prometheus that scrapes nothing and has these samples. They must be in the order of their times. */
export function startStoredPrometheus(samples: readonly StoredSample[]): Promise<Monitor> {
  // Of one name all samples stand together.
  const byName = new Map<string, StoredSample[]>();
  for (const sample of samples) {
    const [name = ''] = sample[0].split('{', 1);
    byName.set(name, [...(byName.get(name) ?? []), sample]);
  }
  const lines = [...byName].flatMap(([name, own]) => [
    `# TYPE ${name} gauge`,
    ...own.map(([series, value, at]) => `${series} ${value} ${(at / 1000).toFixed(3)}`),
  ]);
  const args = (folder: string, port: number): string[] => [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--storage.tsdb.retention.time=90d`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  return start('prometheus', { 'prometheus.yml': {} }, args, undefined, async (folder) => {
    await writeFile(join(folder, 'samples'), `${lines.join('\n')}\n# EOF\n`);
    const blocks = ['tsdb', 'create-blocks-from', 'openmetrics', 'samples', 'data'];
    await promisify(execFile)('promtool', blocks, { cwd: folder });
  });
}
