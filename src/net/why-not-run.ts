import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Doubt } from '../release/ports.ts';
import { oneLineText } from './answer-path.ts';

/** Most bytes of a script's first line that the kernel reads. */
const firstBytes = 256;

interface Where {
  directory?: string | undefined;
  env: Readonly<Record<string, string>>;
}

/**
 * Why a program would not start, as far as the file system says, without starting it; undefined: nothing is in the
 * way. It says so of this machine and this user.
 */
export async function whyNotRun({
  run: [name = ''],
  ...where
}: Where & { run: readonly string[] }): Promise<Doubt | undefined> {
  const { directory, env } = where;
  if (directory !== undefined) {
    const folder = await stat(directory).catch(() => undefined);
    if (!folder?.isDirectory())
      return { what: `there is no folder ${directory}`, fix: `make the folder ${directory}` };
    if (!(await mayRun(directory)))
      return {
        what: `the folder ${directory} cannot be entered: permission denied`,
        fix: `give this user the right to enter ${directory}`,
      };
  }
  const { path, denied } = await find(name, where);
  if (path !== undefined) return whyNotInterpreted(name, path, where);
  if (denied !== undefined)
    return { what: `${name} cannot be run: permission denied`, fix: `chmod +x ${denied}` };
  return {
    what: `there is no program ${name}`,
    fix: name.includes('/')
      ? `put it at ${resolve(directory ?? '.', name)}`
      : `install it in a folder of its PATH (${env['PATH'] ?? ''}), or name it by its whole path`,
  };
}

/** The file that a program is, or one that would be it and must not be run. */
async function find(name: string, { directory, env }: Where): Promise<{ path?: string; denied?: string }> {
  const places = name.includes('/') ? [''] : (env['PATH'] ?? '').split(':');
  const paths = places.map((place) => resolve(directory ?? '.', place, name));
  let denied: string | undefined;
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) continue;
    if (await mayRun(path)) return { path };
    denied ??= path;
  }
  return denied === undefined ? {} : { denied };
}

async function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Why the first line of a script keeps it from starting. */
async function whyNotInterpreted(name: string, path: string, where: Where): Promise<Doubt | undefined> {
  const line = /^#!([^\n]*)/.exec(await firstOf(path))?.[1] ?? '';
  const [interpreter = '', argument = ''] = line.trim().split(/[ \t]+/);
  if (interpreter === '') return undefined;
  // The carriage return becomes a part of the name, or of the argument.
  if (line.endsWith('\r'))
    return {
      what: `the lines of ${name} end as on Windows, so its first line names no program`,
      fix: `sed -i 's/\\r$//' ${path}`,
    };
  const looksFor = basename(interpreter) === 'env' && /^\w[^=]*$/.test(argument) ? [argument] : [];
  for (const needed of [interpreter, ...looksFor])
    if ((await find(needed, where)).path === undefined)
      return {
        what: `${name} is run by ${oneLineText(needed, 100)}, which does not exist or cannot be run`,
        fix: `install ${oneLineText(needed, 100)}, or correct the first line of ${path}`,
      };
  return undefined;
}

/** The beginning of a file; '' where it cannot be read. */
async function firstOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  try {
    const read = await file?.read(Buffer.alloc(firstBytes), 0, firstBytes, 0);
    return read?.buffer.toString('latin1', 0, read.bytesRead) ?? '';
  } catch {
    return '';
  } finally {
    await file?.close();
  }
}
