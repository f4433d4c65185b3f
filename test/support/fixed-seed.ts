import fc from 'fast-check';

/** The same values in every run, so that one commit gets one verdict. `vitest.long.config.ts` leaves this out. */
fc.configureGlobal({ seed: 1 });
