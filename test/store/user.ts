import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The rules of the user of Redis as the page on the set-up has them, for the keys of `prefix`. */
export function documentedUser(prefix = 'switchback'): string[] {
  const page = readFileSync(join(import.meta.dirname, '../../docs/setup.md'), 'utf8');
  const command = /^ACL SETUSER switchback on >password ((?:.*\\\n)*.*)$/m.exec(page)?.[1] ?? '';
  return command
    .split(/[\s\\]+/)
    .filter((rule) => rule !== '')
    .map((rule) => rule.replace('~switchback:', `~${prefix}:`));
}
