import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The bot's metrics. Every label value is one of a closed list; others count as `other`. */
export interface Metrics {
  /** The exposition in Prometheus' text format, with its content type. */
  read(): Promise<{ type: string; text: string }>;
  operation(kind: string, outcome: string): void;
  refusal(code: string): void;
  /** The time from the saved intent to verified traffic, ms. */
  switched(kind: 'promote' | 'revert', ms: number): void;
  leaseLost(): void;
  /** Asking both colors says something else than before. */
  verdict(code: string): void;
  /** Answers of both colors to one GET were compared, or could not be. */
  compared(result: string): void;
  /** Something happened to an automatic revert. */
  autoRevert(event: string): void;
  /** The time from a request's receipt to its acknowledgement, ms. */
  acknowledged(kind: string, ms: number): void;
  slackCall(method: string, outcome: string): void;
  /** A rejected request to `/slack/events`, by cause. */
  requestRefused(cause: string): void;
  /** Alerts received, by source kind and status; unreadable ones have the status `unreadable`. */
  alert(kind: string, status: string, count?: number): void;
  /** Deliveries with an unknown severity word or service name, or an odd time, by source. */
  odd(source: string, what: 'severity' | 'service' | 'time'): void;
  /** Requests with alerts, by the source's configured name and the answer. */
  delivery(source: string, answer: string): void;
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Builds the metrics. `depth` is called at each read; when it fails, the gauge keeps its value. */
export function makeMetrics(depth: () => Promise<number>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const operations = counter(
    'switchback_operations_total',
    'Operations that ended, by kind and outcome',
    'kind',
    'outcome',
  );
  const refusals = counter('switchback_refusals_total', 'Commands refused, by code', 'code');
  const calls = counter(
    'switchback_slack_calls_total',
    'Calls of the Slack Web API, by method and outcome',
    'method',
    'outcome',
  );
  const refusedRequests = counter(
    'switchback_slack_requests_refused_total',
    'Requests to /slack/events that were refused, by cause',
    'cause',
  );
  const limited = counter('switchback_slack_429_total', 'Calls that Slack answered with 429');
  const verdicts = counter(
    'switchback_verdicts_total',
    'New verdicts about whether a revert would help, by verdict',
    'verdict',
  );
  const comparisons = counter(
    'switchback_comparisons_total',
    'Comparisons of the answers of both colors: alike, differ, unsure, failed',
    'result',
  );
  const autoReverts = counter(
    'switchback_auto_reverts_total',
    'What happened to automatic reverts: started, held, called-off, reverted',
    'event',
  );
  const losses = counter(
    'switchback_lease_losses_total',
    'Service leases lost while an operation was under way',
  );
  const alerts = counter(
    'switchback_alerts_total',
    'Alerts stored or unreadable, by kind of source and status',
    'kind',
    'status',
  );
  const deliveries = counter(
    'switchback_alert_deliveries_total',
    'Requests that brought alerts, by source and answer',
    'source',
    'answer',
  );
  const unknown = counter(
    'switchback_alert_unknown_total',
    'Deliveries with an unknown severity or service, or a time that cannot be read',
    'source',
    'what',
  );
  const histogram = <L extends string>(name: string, help: string, ...labelNames: L[]): Histogram<L> =>
    new Histogram({ name, help, labelNames, buckets: seconds, registers });
  const switches = histogram(
    'switchback_switch_seconds',
    'From the saved intent to verified traffic of a promote',
  );
  const reverts = histogram(
    'switchback_revert_seconds',
    'From the saved intent to verified traffic of a revert',
  );
  const acks = histogram('switchback_ack_seconds', 'From a request of Slack to its acknowledgement', 'kind');
  const queue = new Gauge({
    name: 'switchback_outbox_depth',
    help: 'Messages waiting to be sent to Slack',
    registers,
    async collect() {
      try {
        this.set(await depth());
      } catch {
        // The storage is unavailable; readiness reports that.
      }
    },
  });
  queue.set(0);
  const bounded = makeBounds();
  return {
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    operation: (kind, outcome) =>
      operations.inc({ kind: bounded('kind', kind), outcome: bounded('outcome', outcome) }),
    refusal: (code) => refusals.inc({ code: bounded('code', code) }),
    switched: (kind, ms) => (kind === 'promote' ? switches : reverts).observe(ms / 1000),
    leaseLost: () => losses.inc(),
    verdict: (code) => verdicts.inc({ verdict: bounded('verdict', code) }),
    compared: (result) => comparisons.inc({ result: bounded('result', result) }),
    autoRevert: (event) => autoReverts.inc({ event: bounded('auto', event) }),
    acknowledged: (kind, ms) => acks.observe({ kind: bounded('ack', kind) }, ms / 1000),
    slackCall(method, outcome) {
      calls.inc({ method: bounded('method', method), outcome: bounded('call', outcome) });
      if (outcome === 'limited') limited.inc();
    },
    alert: (kind, status, count = 1) =>
      alerts.inc({ kind: bounded('source', kind), status: bounded('status', status) }, count),
    odd: (source, what) => unknown.inc({ source, what }),
    requestRefused: (cause) => refusedRequests.inc({ cause: bounded('cause', cause) }),
    // Source names come from the file: their number is bounded, and some begin with a digit.
    delivery: (source, answer) => deliveries.inc({ source, answer: bounded('answer', answer) }),
  };
}

/** Limits each label to 64 values, in case a word does not come from a closed list. */
function makeBounds(): (label: string, value: string) => string {
  const seen = new Map<string, Set<string>>();
  return (label, value) => {
    const values = seen.get(label) ?? new Set();
    seen.set(label, values);
    if (values.has(value)) return value;
    if (values.size >= 64 || !/^[A-Za-z][A-Za-z0-9._-]{0,63}$/.test(value)) return 'other';
    values.add(value);
    return value;
  };
}
