/** What readiness is judged by. */
export interface ReadinessParts {
  ping: () => Promise<void>;
  slack: () => { accepted: boolean; last?: { outcome: string; at: number } };
}

/** The answer of `/readyz`: ready, or the failing part. */
export interface Readiness {
  ready: boolean;
  failing: string[];
  config: 'loaded';
  redis: 'answers' | 'away';
  slack: { accepted: boolean; last?: { outcome: string; at: string } };
}

const pingWithinMs = 1_000;

/** Asks the storage now, and says what Slack answered last. The configuration is loaded, or there would be no server. */
export async function readiness({ ping, slack }: ReadinessParts): Promise<Readiness> {
  const redis = await answers(ping);
  const { accepted, last } = slack();
  const failing = [...(redis ? [] : ['redis']), ...(accepted ? [] : ['slack'])];
  return {
    ready: failing.length === 0,
    failing,
    config: 'loaded',
    redis: redis ? 'answers' : 'away',
    slack: {
      accepted,
      ...(last && { last: { outcome: last.outcome, at: new Date(last.at).toISOString() } }),
    },
  };
}

async function answers(ping: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), pingWithinMs);
  });
  const asked = ping().then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([asked, late]);
  clearTimeout(timer);
  return answered;
}
