import type { Desk } from './state.ts';
import { no, note, record } from './state.ts';
import type { JsonObject } from './json.ts';
import { parseJson, textAt } from './json.ts';
import { methods } from './methods/index.ts';
import { granted, missingScope } from './methods/method.ts';
import type { MethodRule } from './scopes.ts';
import { METHODS } from './scopes.ts';

/** An answer of the Web API over HTTP. */
export interface ApiAnswer {
  status: number;
  headers: Record<string, string>;
  body: JsonObject;
}

/** Reads arguments from a form or JSON body. Form fields with JSON are parsed; other text stays text. */
export function readArgs(contentType: string, body: string): JsonObject {
  if (contentType.includes('json')) return (parseJson(body) ?? {}) as JsonObject;
  const args: JsonObject = {};
  for (const [key, value] of new URLSearchParams(body)) {
    const json = ['blocks', 'attachments', 'view', 'metadata'].includes(key) ? parseJson(value) : undefined;
    args[key] = json ?? value;
  }
  return args;
}

function tokenRefusal(desk: Desk, rule: MethodRule, token: string): JsonObject | undefined {
  const { botToken, appToken, appScopes } = desk.settings;
  if (token === '') return no('not_authed');
  if (token !== botToken && token !== appToken) return no('invalid_auth');
  const revoked = desk.levers.revoked();
  if (revoked !== undefined && token === botToken) return no(revoked);
  if (rule.token === 'app') {
    if (token !== appToken) return no('not_allowed_token_type');
    const lacks = rule.scopes.find((scope) => !appScopes.includes(scope));
    return lacks === undefined
      ? undefined
      : no('missing_scope', [], { needed: lacks, provided: appScopes.join(',') });
  }
  if (token === appToken) return no('not_allowed_token_type');
  const [first] = rule.scopes;
  return first === undefined || rule.scopes.some((scope) => granted(desk, scope))
    ? undefined
    : missingScope(desk, first);
}

function waitMs(desk: Desk, method: string, rule: MethodRule, args: JsonObject): number {
  const { postRate } = desk.settings;
  if (!postRate) return 0;
  const channel = textAt(args, 'channel') ?? '';
  const ofChannel = method === 'chat.postMessage' ? desk.buckets.take(`post ${channel}`, postRate) : 0;
  return ofChannel || desk.buckets.take(method, { perMinute: rule.perMinute, burst: rule.perMinute });
}

/** Answers one call: token, scope, rate, then the method itself. */
export function answerApi(
  desk: Desk,
  method: string,
  token: string,
  args: JsonObject,
  limitedMs: number | undefined,
): ApiAnswer {
  const rule = METHODS[method];
  const run = methods[method];
  const { token: _secret, ...shown } = args;
  const done = (body: JsonObject, status = 200, headers: Record<string, string> = {}): ApiAnswer => {
    record(desk, { method, args: shown, answer: body, at: desk.now() });
    return { status, headers, body };
  };
  const refuse = (body: JsonObject): ApiAnswer => {
    const messages = (body['errors'] ?? []) as string[];
    note(desk, { kind: 'refused', where: method, error: textAt(body, 'error') ?? '', messages, args: shown });
    return done(body, 200, scopeHeaders(desk, rule));
  };
  if (!rule || !run) return refuse(no('unknown_method', [], { req_method: method }));
  const limited = limitedMs ?? waitMs(desk, method, rule, args);
  if (limited > 0) return done(no('ratelimited'), 429, { 'retry-after': String(Math.ceil(limited / 1000)) });
  const refusal = tokenRefusal(desk, rule, token);
  if (refusal) return refuse(refusal);
  const answer = run(desk, args);
  return answer['ok'] === true ? done(answer, 200, scopeHeaders(desk, rule)) : refuse(answer);
}

function scopeHeaders(desk: Desk, rule: MethodRule | undefined): Record<string, string> {
  const accepted = rule?.scopes.join(',') ?? '';
  const provided = desk.settings.scopes?.join(',') ?? accepted;
  return { 'x-oauth-scopes': provided, 'x-accepted-oauth-scopes': accepted };
}
