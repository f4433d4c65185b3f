/** The client of the Elastic Load Balancing API: the SDK of AWS over our own connections. */
import type * as Sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { call } from '../net/call.ts';
import { withDeadline } from '../net/deadline.ts';
import { formatDuration } from '../release/duration.ts';
import { failureOf, isThrottling, NotAnswered } from './aws-alb-errors.ts';
import type { AlbFailure } from './aws-alb-errors.ts';
import { newPauses } from './aws-alb-pauses.ts';

/** The calls, by their names in a policy. */
export interface AlbCalls {
  DescribeRules: { input: Sdk.DescribeRulesCommandInput; output: Sdk.DescribeRulesCommandOutput };
  DescribeListeners: { input: Sdk.DescribeListenersCommandInput; output: Sdk.DescribeListenersCommandOutput };
  DescribeTargetHealth: {
    input: Sdk.DescribeTargetHealthCommandInput;
    output: Sdk.DescribeTargetHealthCommandOutput;
  };
  ModifyRule: { input: Sdk.ModifyRuleCommandInput; output: Sdk.ModifyRuleCommandOutput };
  ModifyListener: { input: Sdk.ModifyListenerCommandInput; output: Sdk.ModifyListenerCommandOutput };
}
/** The name of a call. */
export type AlbAction = keyof AlbCalls;

/** Options of one call; the deadline in ms. `mayWrite`: as in `call`. */
export interface AlbOptions {
  signal: AbortSignal;
  deadlineMs: number;
  mayWrite?: () => boolean;
}

/** The result of a call. */
export type AlbSaid<A extends AlbAction> = { ok: true; output: AlbCalls[A]['output'] } | AlbFailure;

/** The API of one region. Never throws, and never retries: the caller does. */
export interface Alb {
  ask<A extends AlbAction>(action: A, input: AlbCalls[A]['input'], options: AlbOptions): Promise<AlbSaid<A>>;
}

/** Most bytes of an answer. A target takes about 400, a rule up to some thousands. */
const maxBytes = 2 * 1024 * 1024;
/** Deadline of one request for credentials, in ms. */
const credentialsMs = 2_000;

/** One call under way. A request without it fetches credentials. */
interface Own extends AlbOptions {
  sent: boolean;
  status?: number;
}

/** The fields of the SDK's request that matter here. */
interface SdkRequest {
  method: string;
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: unknown;
}

/** Sends the SDK's requests by `call`, with its proxies, deadlines and limits, and without redirects. */
const carrier = {
  metadata: { handlerProtocol: 'http/1.1' },
  async handle(request: SdkRequest, { own, abortSignal }: { own?: Own; abortSignal?: AbortSignal } = {}) {
    const { method, headers, body } = request;
    if (method !== 'GET' && method !== 'POST' && method !== 'PUT')
      throw new NotAnswered(`the SDK sends a request by ${method}`);
    const content = typeof body === 'string' || body instanceof Uint8Array ? body : undefined;
    const answer = await call({
      method,
      url: urlOf(request),
      headers,
      content,
      deadlineMs: own?.deadlineMs ?? credentialsMs,
      signal: own?.signal ?? abortSignal ?? new AbortController().signal,
      maxBytes,
      mayWrite: () => {
        if (own === undefined) return true;
        own.sent = own.mayWrite?.() ?? true;
        return own.sent;
      },
    });
    if (!answer.answered) throw new NotAnswered(answer.reason);
    if (own) own.status = answer.status;
    const response = {
      statusCode: answer.status,
      headers: Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
      ),
      body: new TextEncoder().encode(answer.body),
    };
    return { response };
  },
  updateHttpClientConfig() {},
  httpHandlerConfigs: () => ({}),
  destroy() {},
};

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): URL {
  const url = new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`);
  for (const [name, value] of Object.entries(query))
    for (const one of [value ?? ''].flat()) url.searchParams.append(name, one);
  return url;
}

const regions = new Map<string, Alb>();

/** The API of a region; shared by all its services. */
export function albOf(region: string): Alb {
  const known = regions.get(region) ?? makeAlb(region);
  regions.set(region, known);
  return known;
}

type Sends = {
  [A in AlbAction]: (input: AlbCalls[A]['input'], own: Own) => Promise<AlbCalls[A]['output']>;
};

async function openClient(region: string): Promise<Sends> {
  // The SDK's warning about Node 20 would stand in the output of every command; the documentation of this router has
  // it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await import('@aws-sdk/client-elastic-load-balancing-v2').catch(() => {
    throw new NotAnswered('the package @aws-sdk/client-elastic-load-balancing-v2 is not installed');
  });
  // The SDK's own retries would be writes without permission.
  const client = new sdk.ElasticLoadBalancingV2Client({
    region,
    maxAttempts: 1,
    retryMode: 'standard',
    requestHandler: carrier as unknown as Sdk.ElasticLoadBalancingV2ClientConfig['requestHandler'] & object,
  });
  const how = (own: Own) => ({ abortSignal: own.signal, own });
  return {
    DescribeRules: (input, own) => client.send(new sdk.DescribeRulesCommand(input), how(own)),
    DescribeListeners: (input, own) => client.send(new sdk.DescribeListenersCommand(input), how(own)),
    DescribeTargetHealth: (input, own) => client.send(new sdk.DescribeTargetHealthCommand(input), how(own)),
    ModifyRule: (input, own) => client.send(new sdk.ModifyRuleCommand(input), how(own)),
    ModifyListener: (input, own) => client.send(new sdk.ModifyListenerCommand(input), how(own)),
  };
}

/** Makes the API of a region with a client of its own. */
export function makeAlb(region: string): Alb {
  const pauses = newPauses();
  let opening: Promise<Sends> | undefined;
  return {
    async ask(action, input, options) {
      const leftMs = pauses.leftMs(action);
      if (leftMs > 0) {
        const detail = `AWS limits the calls of ${action}; the next is made in ${formatDuration(Math.ceil(leftMs))}`;
        return { ok: false, why: 'unreachable', detail, code: 'Throttling' };
      }
      const own: Own = { ...options, sent: false };
      try {
        opening ??= openClient(region);
        const sends = await opening;
        const output = await withDeadline(options.deadlineMs, options.signal, (signal) => {
          own.signal = signal;
          return sends[action](input, own);
        });
        pauses.answered(action);
        return { ok: true, output };
      } catch (error) {
        const { sent, status } = own;
        const asked = { action, sent, signal: options.signal, ...(status !== undefined && { status }) };
        const failure = failureOf(error, asked);
        if (isThrottling(failure)) pauses.throttled(action);
        return failure;
      }
    },
  };
}
