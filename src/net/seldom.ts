const quietMs = 60_000;

/**
 * Limits log lines that strangers can cause: makes a function that says whether a kind may be logged now (once a
 * minute), and how many were left out since. `mono`: a clock in ms. Kinds come from a closed list.
 */
export function makeSeldom(mono: () => number): (kind: string) => { unsaid?: number } | undefined {
  const said = new Map<string, { at: number; unsaid: number }>();
  return (kind) => {
    const last = said.get(kind);
    if (last !== undefined && mono() - last.at < quietMs) {
      last.unsaid += 1;
      return undefined;
    }
    said.set(kind, { at: mono(), unsaid: 0 });
    return last === undefined || last.unsaid === 0 ? {} : { unsaid: last.unsaid };
  };
}
