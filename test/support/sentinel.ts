import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { startProcess, temporaryFolder } from './processes.ts';
import { answersPing } from './redis.ts';

/** One sentinel alone, whose word counts. `lines` are appended to its configuration. */
export async function startOneSentinel(
  masterPort: number,
  { name = 'mymaster', lines = [] }: { name?: string; lines?: readonly string[] } = {},
): Promise<{ port: number; stop(): Promise<void> }> {
  const port = await freePort();
  const dir = await temporaryFolder();
  const file = join(dir, 'sentinel.conf');
  const own = [`port ${port}`, 'bind 127.0.0.1', `dir ${dir}`];
  own.push(`sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`, ...lines);
  await writeFile(file, `${own.join('\n')}\n`);
  const sentinel = await startProcess({
    command: 'redis-sentinel',
    args: [file],
    ready: () => answersPing(port),
  });
  return {
    port,
    async stop() {
      await sentinel.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}
