import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rules of the user of Redis as the README has them, for the keys of `prefix`. */
export function readmeUser(prefix = 'switchback'): string[] {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const command = /^ACL SETUSER switchback on >password ((?:.*\\\n)*.*)$/m.exec(readme)?.[1] ?? '';
  return command
    .split(/[\s\\]+/)
    .filter((rule) => rule !== '')
    .map((rule) => rule.replace('~switchback:', `~${prefix}:`));
}
