import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from './processes.ts';

/** What is installed, in a folder of its own: with its Node.js it takes 200 MB. */
const packages = ['emulate@0.12.2', 'node@24.21.0'];
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'node_modules', '.cache', 'emulate-0.12.2');

/** The GitHub of the npm package `emulate`, which other people wrote, under Node.js 24. */
export interface EmulatedGithub {
  /** Version of the Node.js under it. */
  readonly node: string;
  readonly url: string;
  /** Private keys of its Apps 1, which may write Actions, and 2, which may read them. Their installations are 10 and 20. */
  readonly keys: readonly [string, string];
  /** Id of the workflow `deploy.yml` of `acme/checkout`. */
  readonly workflow: number;
  /** Changes what has that id, and answers with all there are, oldest first. */
  change(
    of: 'workflows' | 'workflowRuns',
    id: number,
    set: object,
  ): Promise<{ id: number; status: string }[]>;
  stop(): Promise<void>;
}

/** Starts it; the first time it is installed, which takes half a minute. */
export async function startEmulate(): Promise<EmulatedGithub> {
  const node = join(folder, 'node_modules', '.bin', 'node');
  if (!existsSync(node) || !existsSync(join(folder, 'node_modules', 'emulate'))) {
    mkdirSync(folder, { recursive: true });
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', ...packages];
    const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8', timeout: 300_000 });
    if (status !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`);
  }
  const child = await startProcess({
    command: node,
    args: [fileURLToPath(new URL('emulate-github.mjs', import.meta.url))],
    cwd: folder,
    ready: (output) => /^@emulates .*$/m.test(output()),
  });
  const [, told = ''] = /^@emulates (.*)$/m.exec(child.output()) ?? [];
  const { control, ...place } = JSON.parse(told) as EmulatedGithub & { control: string };
  return {
    ...place,
    async change(of, id, set) {
      const answer = await fetch(control, { method: 'POST', body: JSON.stringify({ in: of, id, set }) });
      return (await answer.json()) as { id: number; status: string }[];
    },
    stop: () => child.stop(),
  };
}
