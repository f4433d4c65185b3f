import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { commandDeployOptions } from '../../src/deploys/command.ts';
import type { Deploy, DeployJob } from '../../src/release/ports.ts';
import { temporaryFolder } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { runContract } from './contract.ts';

/** Safe to run twice with one RELEASE, as docs/command.md wants: it begins a deploy once, and each run waits for its end. */
const script = `#!/bin/sh
if mkdir "begun-$RELEASE" 2>/dev/null; then
  printf '{"service":"%s","color":"%s","version":"%s","release":"%s"}\\n' "$SERVICE" "$COLOR" "$VERSION" "$RELEASE" >>begun
fi
while [ ! -e "end-$RELEASE" ]; do sleep 0.02; done
case "$(cat "end-$RELEASE")" in
  succeeded) exit 0 ;;
  failed) echo "no such image"; exit 3 ;;
  cancelled) kill -TERM $$ ;;
esac
`;

runContract('a program', async () => {
  const folder = await temporaryFolder();
  const options = commandDeployOptions.parse({ kind: 'command', run: ['./deploy.sh'], directory: folder });
  const begun = (): DeployJob[] =>
    readFileSync(join(folder, 'begun'), 'utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as DeployJob]));
  const ended = new Set<string>();
  let running: (() => void)[] = [];

  /** The adapter of a process that knows no run of another: its runs are those of its module. */
  function make(): Deploy {
    vi.resetModules();
    const made = import('../../src/deploys/command.ts').then(({ commandDeploy }) => commandDeploy(options));
    return {
      deadlineMs: options.deadline,
      async start(job, signal) {
        const deploy = await made;
        running.push(() => deploy.abandon?.(job));
        const answer = await deploy.start(job, signal);
        if (answer.ok)
          await until('its program has begun', () => begun().some(({ release }) => release === job.release));
        return answer;
      },
      async follow(id, signal) {
        const deploy = await made;
        const [service, color, version, release] = JSON.parse(id) as [string, 'green', string, string];
        running.push(() => deploy.abandon?.({ service, color, version, release }));
        if (!ended.has(release)) return deploy.follow(id, signal);
        return until('its program has ended', async () => {
          const stand = await deploy.follow(id, signal);
          return stand.state === 'running' ? undefined : stand;
        });
      },
    };
  }

  return {
    make,
    lost: 'never',
    begun,
    loseAnswer() {},
    end(how) {
      const { release } = begun().at(-1) ?? { release: '' };
      writeFileSync(join(folder, `end-${release}`), how);
      ended.add(release);
    },
    async restore() {
      for (const abandon of running) abandon();
      running = [];
      await mkdir(folder, { recursive: true });
      await Promise.all([
        writeFile(join(folder, 'deploy.sh'), script, { mode: 0o755 }),
        writeFile(join(folder, 'begun'), ''),
      ]);
    },
    async stop() {
      for (const abandon of running) abandon();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
