import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';

/** Why Redis cannot be used, and what to do about it: words for people, without secrets. */
export interface RedisTrouble {
  /** Continues "Redis": `refuses the user or the password`. */
  found: string;
  fix: string;
}

/** The facts that the words depend on. */
export interface TroubleFacts {
  address: RedisAddress;
  prefix: string;
  /** The commands that this user may not run (`keys`: the keys). */
  lacks: readonly string[];
  /** What an error says in addition to its code: names in a certificate, masters that a sentinel knows. */
  names: readonly string[];
  access: RedisAccess;
}

/** A trouble that no network code and no word from Redis describes. */
export class SetupError extends Error {
  readonly code: SetupCode;
  /** See `TroubleFacts.names`. */
  readonly names: readonly string[];

  constructor(code: SetupCode, names: readonly string[] = []) {
    super(code);
    this.code = code;
    this.names = names;
  }
}

/** A server that does not match `REDIS_URL`, or what its sentinels answer. */
export type SetupCode =
  | 'is-sentinel'
  | 'not-a-sentinel'
  | 'not-a-cluster'
  | 'unknown-master'
  | 'no-owner'
  | 'sentinel-wants-password'
  | 'sentinel-refuses-login'
  | 'sentinel-refuses-command'
  | 'port-is-plain'
  | 'port-is-tls';

/** Returns what an error says in addition to its code (see `TroubleFacts.names`). */
export function namesOf(error: unknown): readonly string[] {
  if (error instanceof SetupError) return error.names;
  if (!(error instanceof Error) || !('cert' in error)) return [];
  const { subjectaltname } = error.cert as { subjectaltname?: unknown };
  if (typeof subjectaltname !== 'string') return [];
  return subjectaltname.split(/, */).map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
}
