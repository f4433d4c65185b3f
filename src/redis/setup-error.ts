import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';

/** Why Redis cannot be used, and what to do about it: words for people, without a secret. */
export interface Trouble {
  /** Continues "Redis": `refuses the user or the password`. */
  found: string;
  fix: string;
}

/** What the words depend on. */
export interface TroubleFacts {
  address: RedisAddress;
  prefix: string;
  /** The commands that this user may not run (`keys`: the keys). */
  lacks: readonly string[];
  /** What an error said besides its code: names of a certificate, masters that a sentinel knows. */
  names: readonly string[];
  access: RedisAccess;
}

/** A trouble that no code of the network and no word of Redis says. */
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

/** What a server is, where `REDIS_URL` says something else, or what its sentinels answer. */
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

/** What an error says besides its code (see `TroubleFacts.names`). */
export function namesOf(error: unknown): readonly string[] {
  if (error instanceof SetupError) return error.names;
  if (!(error instanceof Error) || !('cert' in error)) return [];
  const { subjectaltname } = error.cert as { subjectaltname?: unknown };
  if (typeof subjectaltname !== 'string') return [];
  return subjectaltname.split(/, */).map((name) => name.replace(/^(?:DNS|IP Address):/, ''));
}
