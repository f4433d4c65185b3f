import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/**
 * Files that take longest, about in the order of their length: where two that need the processor would follow each other, one
 * that mostly waits comes between.
 */
const long = [
  'playground/page-server',
  'crash/failover-sentinel',
  'playground/play',
  'cli/json',
  'scenarios/auto-revert',
  'crash/failover-cluster',
  'playground/page',
  'cli/verbs',
  'alerts/real',
  'scenarios/evidence',
  'cli/break-glass',
  'crash/countdown',
  'crash/replicas-gone',
  'playground/page-view',
  'store/replicas',
  'cli/left',
  'release/model',
  'crash/turns',
  'data/postgres-logical',
  'scenarios/measured',
  'crash/hold',
  'crash/late',
  'cli/alone',
  'data/postgres-force',
  'crash/stop',
  'crash/deny-nginx',
  'data/postgres-gate',
  'slack/slow-slack',
  'routers/routers',
  'deploys/gitlab',
  'slack/outbox-sender',
  'cli/no-redis',
  'store/time-line',
  'cli/wait',
  'cli/unreadable',
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
