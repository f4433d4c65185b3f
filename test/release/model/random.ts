import fc from 'fast-check';
import { script, setup } from './actions.ts';
import { play } from './play.ts';

/**
 * Plays random lives: those of `seed`, or of a new one. Answers with the story of the shortest life that breaks a
 * guarantee, and where it was found; empty: none does.
 */
export async function playRandom(params: { seed?: number; numRuns: number; path?: string }): Promise<string> {
  const told = await fc.check(fc.asyncProperty(setup, script, play), params);
  return told.failed
    ? `seed ${told.seed}, path ${told.counterexamplePath}\n${String(told.errorInstance)}`
    : '';
}
