import { expect, test } from 'vitest';
import { startOnce } from '../../src/deploys/start-once.ts';
import type { DeployJob } from '../../src/release/ports.ts';

const { signal } = new AbortController();
const job = (release: string, again = false): DeployJob =>
  ({ release, service: 'checkout', color: 'green', version: 'v2', again }) as DeployJob;

test('a start without a name is looked for and not sent again, and the oldest of very many is forgotten', async () => {
  const sent: string[] = [];
  const start = startOnce(
    {
      name: 'The system',
      find: async () => undefined,
      async send({ release }) {
        sent.push(release);
        return { unnamed: 'it has no name' };
      },
    },
    { appearsMs: 0, everyMs: 1 },
  );
  const lost = { ok: false, reason: 'it has no name', retryable: false, mayRun: true };
  expect(await start(job('r0'), signal)).toEqual(lost);
  expect(await start(job('r0', true), signal)).toEqual(lost);
  expect(sent).toEqual(['r0']);
  for (let i = 1; i <= 1_000; i += 1) await start(job(`r${i}`), signal);
  await start(job('r1000', true), signal);
  expect(sent).toHaveLength(1_001);
  await start(job('r0', true), signal);
  expect(sent).toHaveLength(1_002);
});
