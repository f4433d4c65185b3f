/** Repeated mentions when nobody answers: when, how often at most, and their first words. */

/** Pause before people are mentioned again, ms, unless somebody acts meanwhile. */
export const ringAgainMs = 300_000;
/** How often people are mentioned again at most. */
export const mostAgain = 3;
/** The first words of a repeated mention. */
export const unanswered = 'Nobody has answered yet. ';
