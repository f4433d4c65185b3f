import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/processes.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

const script = `#!/bin/sh
trap 'echo "$VERSION ended" >>"$SERVICE"; exit 1' TERM
echo "$VERSION begun" >>"$SERVICE"
echo "rolling out $VERSION"
case $VERSION in
  v2) exit 0 ;;
  v3) echo "no such image <!channel>"; exit 4 ;;
  *) sleep 60 & wait ;;
esac
`;

describe('a deploy by a program', { concurrent: true }, () => {
  let folder: string;
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const { at } = sharedTown(async () => {
    folder = await temporaryFolder();
    await writeFile(join(folder, 'deploy.sh'), script, { mode: 0o755 });
    const deploy = { kind: 'command', run: ['./deploy.sh'], directory: folder };
    return {
      services: { ends: { deploy }, lasts: { deploy }, late: { deploy: { ...deploy, deadline: '3s' } } },
    };
  });
  const ran = async (service: string) =>
    (await readFile(join(folder, service), 'utf8').catch(() => '')).trim().split('\n');

  it('stages when it ends well, and says why when it does not', async () => {
    const ends = at('ends');
    await ends.staged('v2');
    expect(await ran('ends')).toEqual(['v2 begun']);
    await ends.does('ann', 'stage', 'v3');
    const failed = await ends.notice('deploy-failed');
    expect(failed.text).toContain('deploy.sh ended with exit code 4: rolling out v3 / no such image');
    expect(new Set(failed.notified.map(({ id }) => id))).toEqual(new Set(['U0ANN']));
    await ends.until('idle', ({ state }) => state === 'idle');
  });

  it('is shown while it runs, and ended when it is cancelled', async () => {
    const lasts = at('lasts');
    await lasts.does('ann', 'stage', 'v4');
    await lasts.notice('Deploy: rolling out v4');
    await lasts.does('ann', 'cancel');
    await lasts.until('idle', ({ state }) => state === 'idle');
    await until('the program has ended', async () => (await ran('lasts')).includes('v4 ended'));
    expect(await ran('lasts')).toEqual(['v4 begun', 'v4 ended']);
  });

  it('is ended at the deadline of the stage', async () => {
    const late = at('late');
    await late.does('ann', 'stage', 'v5');
    expect((await late.notice('timed-out')).text).toContain('did not end in time: rolling out v5');
    await until('the program has ended', async () => (await ran('late')).includes('v5 ended'));
    expect(await ran('late')).toEqual(['v5 begun', 'v5 ended']);
  });
});
