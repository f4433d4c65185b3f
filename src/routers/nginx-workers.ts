import { readdir, readFile } from 'node:fs/promises';

const dying = /^nginx: worker process is shutting down/;
const master = /^nginx: master process (.*)$/;

/**
 * Counts the old workers that still finish their requests after a reload, by Linux' process table. Undefined: it cannot
 * be read, or it is unclear which nginx is meant. `test`: the command, whose `-c` identifies the nginx.
 */
export async function oldWorkers(test: readonly string[]): Promise<number | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const processes = (await Promise.all(pids.map(async (pid) => ({ pid, title: await titleOf(pid) })))).filter(
    ({ title }) => title.startsWith('nginx: '),
  );
  const ours = processes.filter(({ title }) => {
    const words = master.exec(title)?.[1]?.split(' ');
    return words !== undefined && configurationIn(words) === configurationIn(test);
  });
  const [only, ...others] = ours;
  if (only === undefined || others.length > 0) return undefined;
  const ending = processes.filter(({ title }) => dying.test(title));
  const parents = await Promise.all(ending.map(({ pid }) => parentOf(pid)));
  return parents.filter((parent) => parent === only.pid).length;
}

/** The file that `-c` names; undefined: nginx's own default. */
function configurationIn(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('-c');
  return at < 0 ? undefined : words[at + 1];
}

/** The title that a process gave itself, its parts separated by spaces; '' when it is gone. */
async function titleOf(pid: string): Promise<string> {
  const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return title.replaceAll('\0', ' ').trim();
}

async function parentOf(pid: string): Promise<string | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^PPid:\s+(\d+)$/m.exec(status)?.[1];
}
