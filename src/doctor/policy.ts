import type { Config } from '../config.ts';
import { readOptions } from '../config.ts';
import { policyOf } from '../routers/aws-alb-policy.ts';

/** Prints the IAM policy that the bot needs. Connects to nothing. Resolves to the exit code. */
export function printPolicy({ catalog, names }: Pick<Config, 'catalog' | 'names'>): number {
  const routers = catalog.names().flatMap((service) => {
    const configured = catalog.find(service);
    const router = configured && readOptions(configured.raw, names).router;
    return router?.kind === 'aws-alb' ? [router] : [];
  });
  if (routers.length === 0) {
    process.stderr.write('No service has a router of kind aws-alb: nothing of AWS is needed.\n');
    return 1;
  }
  process.stdout.write(`${JSON.stringify(policyOf(routers), null, 2)}\n`);
  return 0;
}
