import { colorSchema } from '../release/color.ts';
import type { SchemaError } from './config-errors.ts';
import type { ServiceOptions } from './schema.ts';

/** Finds errors about the databases of services. */
export function dataChecks(services: ReadonlyMap<string, { options: ServiceOptions }>): SchemaError[] {
  const findings: SchemaError[] = [];
  const turned = new Map<string, string>();
  for (const [name, { options }] of services) {
    const { data, writes } = options.cutover;
    if (data === undefined) continue;
    const at = (...path: string[]) => ['services', name, 'cutover', 'data', ...path];
    const waits = (writes?.mode ?? 'off') !== 'off' || ('pgbouncer' in data && data.pgbouncer !== undefined);
    if (!waits)
      findings.push({
        path: at(),
        message: 'needs cutover.writes.mode, or pgbouncer: writes must wait while the databases are turned',
      });
    if (data.kind !== 'postgres-logical') continue;
    if (placeOf(data.blue) === placeOf(data.green))
      findings.push({ path: at('green'), message: 'is the same database as that of blue' });
    if (data.peers && placeOf(data.peers.blue) === placeOf(data.peers.green))
      findings.push({ path: at('peers', 'green'), message: 'is the same database as that of blue' });
    for (const color of colorSchema.options) {
      const place = JSON.stringify([placeOf(data[color]), data.publication]);
      const other = turned.get(place);
      if (other !== undefined && other !== name)
        findings.push({
          path: at('publication'),
          message: `is turned by services.${other} too: same database and publication`,
        });
      turned.set(place, name);
    }
  }
  return findings;
}

/** Server and database of a connection string. */
function placeOf(dsn: string): string {
  const { hostname, port, pathname } = new URL(dsn);
  return JSON.stringify([hostname, port || '5432', pathname]);
}
