import { rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import { temporaryFolder } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { killedDeploys } from './deploy-kills.ts';

/** It says that it has begun, and ends as the file of its release says. */
const script = `#!/bin/sh
echo "$SERVICE $COLOR $VERSION $RELEASE" >>begun
until [ -e "$RELEASE" ]; do sleep 0.2; done
exit "$(cat "$RELEASE")"
`;

it('the program of 25 stages runs once for each process that carries it out when the bot is killed', async () => {
  const folder = await temporaryFolder();
  const begunFile = join(folder, 'begun');
  await writeFile(begunFile, '');
  await writeFile(join(folder, 'deploy.sh'), script, { mode: 0o755 });
  const begun = (service: string) =>
    readFileSync(begunFile, 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .filter(([of]) => of === service)
      .map(([, color, version = '', release = '']) => ({ color: color as Color, version, release }));
  const ended = new Set<string>();
  const newest = (service: string) => begun(service).findLast(({ release }) => !ended.has(release))?.release;
  const seen = await killedDeploys(
    {
      settings: () => ({ kind: 'command', run: ['./deploy.sh'], directory: folder }),
      begun,
      async end(service, how) {
        const release = (await until('it has begun', () => newest(service))) ?? '';
        // Whole at once: the program reads it as soon as it is there.
        await writeFile(join(folder, `${release}.new`), how === 'succeeded' ? '0' : '3');
        await rename(join(folder, `${release}.new`), join(folder, release));
        ended.add(release);
      },
      mostBegins: 2,
      stop: () => rm(folder, { recursive: true, force: true }),
    },
    { services: 5, rounds: 5, killWithinMs: 1_500, seed: 46 },
  );
  expect(seen).toBe(25);
}, 900_000);
