/** What the exit codes of the command line mean; the README lists them. */
export const exit = {
  done: 0,
  /** Mistakes in environment, file or arguments. */
  mistake: 1,
  refused: 2,
  /** The storage does not answer, or what became of it is not confirmed. */
  storage: 3,
  /** It was begun and ended otherwise than asked. */
  otherwise: 4,
  /** The answer of a verb that only reads could not be written: the disk is full, say. */
  unwritten: 5,
  /** SIGINT; SIGTERM is 143, SIGHUP 129. */
  interrupted: 130,
} as const;

/** For the help of a verb that changes something. */
export const exitHelp =
  'Exit code 0: done. 1: a mistake in environment, file or arguments. 2: refused, the code comes first. 3: the storage\ndoes not answer, or it is not confirmed. 4: it ended otherwise than asked.';
