/**
 * The result of one check. `skipped`: unknown because of another error, which has its own finding. `warn`: it works,
 * and a person should know the finding; nothing needs fixing.
 */
export interface Finding {
  /** The checked thing: `Slack token`, `channel C0RELEASES`, `checkout green`. */
  name: string;
  state: 'ok' | 'warn' | 'wrong' | 'skipped';
  /** The result in words; holds no secret. */
  found: string;
  /** What to do about it; given for errors and warnings. */
  fix?: string;
}

/** A finding without an error. */
export function fine(name: string, found: string): Finding {
  return { name, state: 'ok', found };
}

/** A finding with an error, and its fix. */
export function wrong(name: string, found: string, fix: string): Finding {
  return { name, state: 'wrong', found, fix };
}

/** A warning: it works, with something to know. */
export function warned(name: string, found: string, fix: string): Finding {
  return { name, state: 'warn', found, fix };
}

/** A check that is not possible now. */
export function skipped(name: string, because: string): Finding {
  return { name, state: 'skipped', found: because };
}

const marks = { ok: 'ok  ', warn: 'warn', wrong: 'FAIL', skipped: '-   ' } as const;

/** Prints findings as lines for people; findings with the same fix share one line for it. */
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
