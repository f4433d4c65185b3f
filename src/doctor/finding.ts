/**
 * One thing that was looked at. `skipped`: it cannot be known while something else is wrong, which has its own finding. `warn`: it
 * works, and what is found should be known; nothing needs fixing.
 */
export interface Finding {
  /** What was looked at: `Slack token`, `channel C0RELEASES`, `checkout green`. */
  name: string;
  state: 'ok' | 'warn' | 'wrong' | 'skipped';
  /** What was found, in words; holds no secret. */
  found: string;
  /** What to do about it; given when something is wrong, or may be better. */
  fix?: string;
}

/** It is as it should be. */
export function fine(name: string, found: string): Finding {
  return { name, state: 'ok', found };
}

/** It is not, and this is what to do. */
export function wrong(name: string, found: string, fix: string): Finding {
  return { name, state: 'wrong', found, fix };
}

/** It works, and this should be known of it. */
export function warned(name: string, found: string, fix: string): Finding {
  return { name, state: 'warn', found, fix };
}

/** It cannot be known now. */
export function skipped(name: string, because: string): Finding {
  return { name, state: 'skipped', found: because };
}

const marks = { ok: 'ok  ', warn: 'warn', wrong: 'FAIL', skipped: '-   ' } as const;

/** Lines for people, as findings come: the way to fix them stands once below those that need the same. */
export function lister(write: (line: string) => void): { add(finding: Finding): void; end(): void } {
  let owed: string | undefined;
  const end = (): void => {
    if (owed !== undefined) write(`      fix: ${owed}`);
    owed = undefined;
  };
  return {
    add({ name, state, found, fix }) {
      if (fix !== owed) end();
      write(`${marks[state]}  ${name}: ${found}`);
      owed = fix;
    },
    end,
  };
}
