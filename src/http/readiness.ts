import { Fault } from '../release/fault.ts';

/** The inputs of readiness. `ping` writes: a storage that only answers reads keeps nothing. */
export interface ReadinessParts {
  ping: () => Promise<void>;
  slack: () => { accepted: boolean; last?: { outcome: string; at: number }; sockets?: Sockets };
  /** Connected replicas of the storage; undefined where it needs none, or their number is unknown. */
  replicas?: () => number | undefined;
  /** True once every configured service has a record, or its router was asked. */
  adopted: () => boolean;
}

/** Connections that Slack counts for the app token, and replicas of the bot; `shared`: another bot has some, too. */
interface Sockets {
  connections: number;
  replicas: number;
  shared: boolean;
}

/** The answer of `/readyz`: ready, or the failing part. */
export interface Readiness {
  ready: boolean;
  failing: string[];
  config: 'loaded';
  /** `takes no writes (OOM)`: it answers, and refuses with that word. */
  redis: 'answers' | 'away' | `takes no writes (${string})`;
  /** With Sentinel or Cluster. `none`: stages and promotes are refused, but the bot is ready. */
  redisReplicas?: number | 'none';
  /** The first look at the configured services. */
  adoption: 'tried' | 'under way';
  slack: { accepted: boolean; last?: { outcome: string; at: string }; sockets?: Sockets };
}

const pingWithinMs = 1_000;

/** Asks the storage now, and reports Slack's last answer. The configuration is loaded, or the server would not run. */
export async function readiness({ ping, slack, adopted, replicas }: ReadinessParts): Promise<Readiness> {
  const redis = await answers(ping);
  const { accepted, last, sockets } = slack();
  const live = replicas?.();
  const failing = [
    ...(redis === 'answers' ? [] : ['redis']),
    ...(accepted ? [] : ['slack']),
    ...(adopted() ? [] : ['adoption']),
  ];
  return {
    ready: failing.length === 0,
    failing,
    config: 'loaded',
    redis,
    ...(live !== undefined && { redisReplicas: live === 0 ? ('none' as const) : live }),
    adoption: adopted() ? 'tried' : 'under way',
    slack: {
      accepted,
      ...(last && { last: { outcome: last.outcome, at: new Date(last.at).toISOString() } }),
      ...(sockets && { sockets }),
    },
  };
}

/** Shares one question among callers at the same time: strangers may ask as often as they like. */
export function askTogether<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return asked;
  };
}

async function answers(ping: () => Promise<void>): Promise<Readiness['redis']> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'away'>((resolve) => {
    timer = setTimeout(() => resolve('away'), pingWithinMs);
  });
  const asked = ping().then(
    () => 'answers' as const,
    (cause: unknown) =>
      cause instanceof Fault && cause.refuses !== undefined
        ? (`takes no writes (${cause.refuses})` as const)
        : 'away',
  );
  const answered = await Promise.race([asked, late]);
  clearTimeout(timer);
  return answered;
}
