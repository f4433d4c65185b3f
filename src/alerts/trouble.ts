/** Recognizes alerts that Grafana sends about its own rules, not about what they watch. */
import type { IncomingAlert } from '../release/alerts/alert.ts';

type Texts = Readonly<Record<string, string>>;
type Trouble = NonNullable<IncomingAlert['trouble']>;

/** The mark after a rule's title, and the text where Grafana gives no reason. */
const words: Readonly<Record<Trouble, { mark: string; text: string }>> = {
  'no-data': { mark: 'no data', text: 'Grafana found no data for it.' },
  error: { mark: 'query failed', text: 'Grafana could not query its data.' },
  gone: { mark: 'series gone', text: 'What it watches no longer sends data.' },
};

const byName: Readonly<Record<string, Trouble>> = { DatasourceNoData: 'no-data', DatasourceError: 'error' };
const byReason: Readonly<Record<string, Trouble>> = {
  NoData: 'no-data',
  Error: 'error',
  MissingSeries: 'gone',
};

/** Reasons for which Grafana ends an alert without knowing that all is well. */
const endings: Readonly<Record<string, string>> = {
  MissingSeries: 'series gone',
  NoData: 'no data',
  Error: 'query failed',
  Paused: 'rule paused',
  Updated: 'rule changed',
  RuleDeleted: 'rule deleted',
};

/** The title and text of a rule without a verdict, and why an end is not a recovery. */
export interface Verdictless {
  trouble?: Trouble;
  title?: string;
  summary?: string;
  endedBy?: string;
}

/**
 * Reads it from Grafana's additions to its alerts (`rulename`, `Error`, `grafana_state_reason`); empty for any other
 * alert.
 */
export function verdictless(status: IncomingAlert['status'], labels: Texts, annotations: Texts): Verdictless {
  const reasons = (own(annotations, 'grafana_state_reason') ?? '').split(',').map((each) => each.trim());
  // The alert keeps its earlier verdict.
  const known = reasons.includes('KeepLast') ? [] : reasons;
  const name = own(labels, 'alertname') ?? '';
  const trouble = own(byName, name) ?? known.map((each) => own(byReason, each)).find(Boolean);
  const endedBy = status === 'resolved' ? known.map((each) => own(endings, each)).find(Boolean) : undefined;
  // The end of an alert that fired for another reason says nothing about its beginning.
  if (trouble === undefined || (status === 'resolved' && own(byName, name) === undefined))
    return endedBy === undefined ? {} : { endedBy };
  const { mark, text } = words[trouble];
  return {
    trouble,
    title: `${own(labels, 'rulename') ?? name} (${mark})`,
    summary: own(annotations, 'Error') || text,
    ...(endedBy !== undefined && { endedBy }),
  };
}

function own<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}
