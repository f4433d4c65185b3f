import type { JsonObject, Workspace } from '../../packages/slack-double/src/index.ts';

/** One call of the Web API as plain HTTP: status, headers and the answer. */
export interface Answered {
  status: number;
  retryAfter: string | null;
  body: JsonObject;
}

/** Calls a method with a JSON body and the bot's token, or another. */
export async function call(
  slack: Workspace,
  method: string,
  args: JsonObject,
  token = 'xoxb-playground',
): Promise<Answered> {
  const response = await fetch(`${slack.origin}/api/${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify(args),
  });
  const body = (await response.json()) as JsonObject;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

/** Posts to a `response_url`: status and text. */
export async function answerAt(url: string, args: JsonObject): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  return { status: response.status, text: await response.text() };
}
