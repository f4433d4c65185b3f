import type { Severity } from '../release/alerts/alert.ts';

/**
 * What senders' words for severity mean here, without their case, spaces, `-` and `_`. What wakes somebody elsewhere is
 * critical: too loud once is fixed sooner than an outage that was told to nobody.
 */
export const severityWords: Readonly<Record<Exclude<Severity, 'unknown'>, string>> = {
  critical: 'critical crit fatal emergency emerg disaster page error major high p0 p1 sev0 sev1',
  warning: 'warning warn minor moderate medium average ticket p2 p3 sev2 sev3',
  info: 'info information informational notice low debug none ok p4 p5 sev4 sev5',
};

const meanings = new Map<string, Severity>(
  (['critical', 'warning', 'info'] as const).flatMap((severity) =>
    severityWords[severity].split(' ').map((word): [string, Severity] => [word, severity]),
  ),
);

/** What a sender's word for severity means here. */
export function severityOf(word: string | undefined): Severity {
  return meanings.get((word ?? '').toLowerCase().replace(/[\s_-]/g, '')) ?? 'unknown';
}
