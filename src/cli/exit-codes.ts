/** What the exit codes of the command line mean; see docs/command-line.md. */
export const exitCodes = {
  done: 0,
  /** Errors in environment, file or arguments. */
  mistake: 1,
  refused: 2,
  /** The storage does not answer, or an outcome is not confirmed. */
  storage: 3,
  /** The operation began and did not end as asked. */
  otherwise: 4,
  /** The answer of a reading verb could not be written: the disk is full, say. */
  unwritten: 5,
  /** With `--wait`: a newer stage of the same requester took its place. */
  overtaken: 6,
  /** With `--wait`: the time ended before the command had its turn. */
  noTurn: 7,
  /** SIGINT; SIGTERM is 143, SIGHUP 129. */
  interrupted: 130,
} as const;

/** The exit codes in the help of a changing verb. */
export const exitHelp =
  'Exit code 0: done. 1: an error in environment, file or arguments. 2: refused; the code comes first. 3: Redis does\nnot answer, or the result is not confirmed. 4: it did not end as asked.';

/** The exit codes in the help of a verb that may wait. */
export const waitHelp =
  'With --wait it waits in line while a release bakes, the service is locked or frozen, or an operation is under way:\nfirst come, first served. 6: a newer stage of yours replaced it. 7: its turn did not come in that time.';
