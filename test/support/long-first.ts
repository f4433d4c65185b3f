import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Files that take longest, in the order of their length. */
const long = [
  'playground/page-server',
  'playground/play',
  'release/model',
  'cli/json',
  'cli/verbs',
  'slack/bad-slack',
  'playground/page',
  'cli/break-glass',
  'cli/left',
  'cli/alone',
  'crash/killed',
].map((name) => `/test/${name}.test.ts`);

/**
 * The long files begin first. Where no run was yet, vitest knows nothing but their sizes, and what is short to read would
 * run alone at the end.
 */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? long.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
