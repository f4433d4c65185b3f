import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs the real `kubectl` with a kubeconfig and answers with what it printed. Rejects with its words when it fails. */
export async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: '/nonexistent' };
  const { stdout } = await run('kubectl', args, { env, timeout: 30_000 });
  return stdout;
}

/** The same with an object on its standard input, for `apply -f -`. */
export async function kubectlWith(kubeconfig: string, input: object, ...args: string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: '/nonexistent' };
  const running = run('kubectl', args, { env, timeout: 30_000 });
  running.child.stdin?.end(JSON.stringify(input));
  return (await running).stdout;
}
