/** Explains failed calls to AWS in plain words. */
import { oneLineText } from '../net/answer-path.ts';
import { DeadlinePassed } from '../net/deadline.ts';
import { explain, whyAborted } from '../net/explain.ts';

/**
 * Why there is no output. `unreachable`: nothing was carried out; `unclear`: sent without an answer; `garbled`: the
 * answer cannot be read. `detail` is for people.
 */
export interface AlbFailure {
  ok: false;
  why: 'refused' | 'unreachable' | 'unclear' | 'garbled';
  detail: string;
  /** AWS's error code, if any. */
  code?: string;
}

/** No answer came; the message is fit for people. */
export class NotAnswered extends Error {}

/** The known facts of a failed call. `status`: of the HTTP answer, if any. */
export interface FailedCall {
  action: string;
  sent: boolean;
  status?: number;
  signal: AbortSignal;
}

const tooMany: readonly string[] = [
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
  'SlowDown',
];
const notAllowed: readonly string[] = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation'];

/** True when AWS limited the call. */
export function isThrottling({ code }: AlbFailure): boolean {
  return code !== undefined && tooMany.includes(code);
}

/** Turns an error of the SDK, or of the layers below it, into a failure. */
export function failureOf(error: unknown, { action, sent, status, signal }: FailedCall): AlbFailure {
  const silent = sent ? 'unclear' : 'unreachable';
  if (error instanceof NotAnswered) return { ok: false, why: silent, detail: error.message };
  if (signal.aborted) return { ok: false, why: silent, detail: whyAborted(signal) };
  if (error instanceof DeadlinePassed) return { ok: false, why: silent, detail: explain(error) };
  const { code, words } = saidBy(error);
  if (!sent)
    return {
      ok: false,
      why: 'unreachable',
      detail: `this process has no credentials of AWS that work: ${words}`,
    };
  if (status === undefined) return { ok: false, why: 'unclear', detail: explain(error) };
  if (status >= 200 && status <= 299)
    return {
      ok: false,
      why: 'garbled',
      detail: `answered ${status} with something that is not an answer to ${action}`,
    };
  const known = code === undefined || code === 'Unknown' || code === 'NotFound' ? undefined : code;
  const named = known === undefined ? {} : { code: known };
  if (known !== undefined && tooMany.includes(known))
    return {
      ok: false,
      why: 'unreachable',
      detail: `AWS limits the calls of ${action} now (${known})`,
      ...named,
    };
  if (status === 429)
    return {
      ok: false,
      why: 'unreachable',
      detail: `AWS limits the calls of ${action} now (429)`,
      code: 'Throttling',
    };
  if (status >= 500)
    return {
      ok: false,
      why: 'unclear',
      detail: `answered ${status}${known === undefined ? '' : ` (${known})`}`,
      ...named,
    };
  if (known !== undefined && notAllowed.includes(known)) {
    const wanted =
      /not authorized to perform: ([\w-]+:\w+)/.exec(words)?.[1] ?? `elasticloadbalancing:${action}`;
    return {
      ok: false,
      why: 'refused',
      detail: `AWS does not allow ${wanted} to this process (${known}); switchback doctor --policy prints what it needs`,
      ...named,
    };
  }
  return {
    ok: false,
    why: 'refused',
    detail: known === undefined ? `answered ${status}` : `AWS says ${known}: ${words}`,
    ...named,
  };
}

/** The error code and message that the SDK read from an answer. */
function saidBy(error: unknown): { code?: string; words: string } {
  if (!(error instanceof Error)) return { words: 'call failed' };
  const code = 'Code' in error && typeof error.Code === 'string' ? error.Code : error.name;
  return { code, words: oneLineText(error.message, 300) };
}
