/** What rang and nobody has answered: when it rings again, how often at most, and what it begins with then. */

/** So long after it rang, ms, unless somebody did something meanwhile. */
export const ringAgainMs = 300_000;
export const mostAgain = 3;
export const unanswered = 'Nobody has answered yet. ';
