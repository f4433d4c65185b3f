/** Recognizes bodies that belong to another kind of source, so that somebody can correct the address. */
import type { AlertSource } from './sources/index.ts';

type Kind = AlertSource['kind'];
type Body = Readonly<Record<string, unknown>>;

/** How to recognize each kind of body, and its sender. */
const kinds: readonly { kind: Kind; of: string; is: (body: Body) => boolean }[] = [
  {
    kind: 'alertmanager',
    of: 'Alertmanager',
    is: ({ version, alerts }) => version === '4' && Array.isArray(alerts),
  },
  { kind: 'grafana', of: 'Grafana', is: ({ version, alerts }) => version === '1' && Array.isArray(alerts) },
  { kind: 'generic', of: 'a switchback-1 sender', is: ({ schema }) => schema === 'switchback-1' },
];

/** Bodies that no kind of source reads. */
const foreign: readonly { is: (body: Body) => boolean; words: string }[] = [
  {
    is: (body) => 'evalMatches' in body || ('ruleName' in body && 'state' in body),
    words: "Grafana's legacy alerting is not supported; Grafana 11 removed it",
  },
  { is: (body) => 'TopicArn' in body && 'Type' in body, words: 'Amazon SNS messages are not supported' },
  {
    is: ({ event, routing_key: key }) => key !== undefined || isObjectWith(event, 'event_type'),
    words: 'PagerDuty events are not supported',
  },
  { is: (body) => 'installation' in body && 'action' in body, words: 'Sentry webhooks are not supported' },
  {
    is: (body) => 'attachments' in body || 'blocks' in body || ('text' in body && 'channel' in body),
    words: 'Slack messages are not supported',
  },
];

/** Describes a body that a source of this kind does not read; undefined: unknown. */
export function otherBody(json: unknown, kind: Kind): string | undefined {
  if (Array.isArray(json))
    return isObjectWith(json[0], 'labels')
      ? 'this is what Prometheus sends to Alertmanager: send alerts here from Alertmanager'
      : undefined;
  if (typeof json !== 'object' || json === null) return undefined;
  const body = json as Body;
  const other = kinds.find((each) => each.kind !== kind && each.is(body));
  if (other !== undefined)
    return `this is from ${other.of}, but the source has kind ${kind}: set kind: ${other.kind}, or correct the address`;
  return foreign.find(({ is }) => is(body))?.words;
}

function isObjectWith(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}
