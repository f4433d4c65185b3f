/** Checks the queries of the services: whether Prometheus answers, and takes them. */
import type { ServiceOptions } from '../config.ts';
import { askNow } from '../net/prometheus.ts';
import type { PrometheusServer } from '../net/prometheus.ts';
import { colorSchema } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import { fillQuery, holds } from '../release/promql.ts';
import type { ServiceRecord } from '../release/release.ts';
import { fine, warned, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

const askedMs = 4_000;

/** One query of a service: its place in the configuration. */
interface Query {
  path: string;
  server: PrometheusServer;
  query: string;
}

/** Asks each query of a service once for each color. Changes nothing. `record`: the versions that a query may name. */
export async function examineQueries(
  service: string,
  {
    health,
    compare,
  }: Pick<ServiceOptions, 'health'> & {
    compare: Pick<ServiceOptions['compare'], 'prometheus' | 'metrics' | 'limit'>;
  },
  record: Pick<ServiceRecord, 'colors'> | null,
): Promise<Finding[]> {
  const queries: Query[] = health.flatMap((check, i) =>
    check.kind === 'prometheus' ? [{ path: `health.${i}`, server: check, query: check.query }] : [],
  );
  const { prometheus: server, metrics, limit } = compare;
  if (server !== undefined) {
    queries.push(...metrics.map(({ name, query }) => ({ path: `compare.metrics ${name}`, server, query })));
    if (limit !== undefined) queries.push({ path: 'compare.limit', server, query: limit.query });
  }
  return Promise.all(queries.map((each) => examineQuery(service, each, record)));
}

async function examineQuery(
  service: string,
  { path, server, query }: Query,
  record: Pick<ServiceRecord, 'colors'> | null,
): Promise<Finding> {
  const name = `${service} ${path}`;
  const colors: (Color | undefined)[] =
    holds(query, 'color') || holds(query, 'version') ? colorSchema.options : [undefined];
  const each = await Promise.all(
    colors.map(async (color = 'blue') => {
      // Whether the query is taken does not depend on the version.
      const version = record?.colors[color].version ?? 'unknown';
      const filled = fillQuery(query, { service, color, version });
      const text = 'query' in filled ? filled.query : query;
      return askNow(server, text, { deadlineMs: askedMs, signal: AbortSignal.timeout(askedMs) });
    }),
  );
  const refused = each.find(({ got }) => got === 'refused');
  if (refused && 'why' in refused)
    return wrong(name, `Prometheus cannot use the query: ${refused.why}`, 'correct this query');
  const away = each.find(({ got }) => got === 'away');
  if (away && 'why' in away)
    return wrong(
      name,
      `Prometheus cannot be asked: ${away.why}`,
      'start Prometheus, or correct its url, token, user, password and headers',
    );
  const words = each.map((answer, i) => {
    const of = colors[i] === undefined ? '' : `${colors[i]} `;
    return `${of}${answer.got === 'found' ? Number(answer.found.toPrecision(3)) : 'no data'}`;
  });
  const warning = each.flatMap((answer) => (answer.got === 'found' ? (answer.warning ?? []) : []))[0];
  if (warning !== undefined)
    return warned(
      name,
      `${words.join(', ')}; Prometheus warns: ${warning}`,
      'look at this query in Prometheus',
    );
  if (each.every(({ got }) => got === 'nothing'))
    return warned(name, 'has no data', 'look at this query in Prometheus: are its names and labels right?');
  return fine(name, words.join(', '));
}
