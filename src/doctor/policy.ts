import { loadRouters } from '../config/routers.ts';
import { policyOf } from '../routers/aws-alb-policy.ts';

/**
 * Prints the IAM policy that the bot needs for the routers of the file (`SWITCHBACK_CONFIG`, else `./switchback.yml`).
 * Needs no other variable of the environment, and connects to nothing. Resolves to the exit code.
 */
export function printPolicy(file?: string): number {
  const routers = loadRouters('aws-alb', { file });
  if (routers.length === 0) {
    process.stderr.write('No service has a router of kind aws-alb: nothing of AWS is needed.\n');
    return 1;
  }
  process.stdout.write(`${JSON.stringify(policyOf(routers), null, 2)}\n`);
  return 0;
}
