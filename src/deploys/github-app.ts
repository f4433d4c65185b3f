import { createPrivateKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { jsonOf } from '../net/call.ts';
import { tokenSchema } from '../net/url.ts';
import { isGood, makeAsker } from './asker.ts';
import type { AskerOptions, TokenSource } from './asker.ts';

/** Lifetime of a signed claim, in s. GitHub allows 10 minutes by its own clock, and the clocks may differ. */
const claimSeconds = 9 * 60;
const apartSeconds = 60;
/** The time before a token's end in which it is no longer used, in ms. A token is valid for an hour. */
const reserveMs = 5 * 60_000;

const mostBytes = 64 * 1024;
/** Shortest RSA key that can sign. GitHub's have 2,048 bits. */
const leastBits = 1_024;

const number = z.union([
  z.int().positive().transform(String),
  z.string().regex(/^[1-9]\d{0,18}$/, 'must be a number'),
]);

/** A GitHub App and its installation. `privateKey`: the text of its PEM file, that in base64, or the file's path. */
export const githubAppOptions = z.strictObject({
  id: z.union([number, z.string().regex(/^Iv[\w.]{8,60}$/)], {
    error: 'must be the App ID, a number, or the Client ID of the App',
  }),
  installation: number,
  privateKey: z
    .string()
    .refine(
      (text) => isPath(text) || readKey(text) !== undefined,
      'must be the private key of the App: the text of its .pem file, that text in base64, or the absolute path of the file',
    ),
});

const granted = z.object({ token: tokenSchema, expires_at: z.string() });

/**
 * Makes a source of installation tokens, limited to one repository and to Actions. Each is used until shortly before it
 * ends. A refused token is not used again.
 */
export function githubAppTokens(
  { id, installation, privateKey }: z.output<typeof githubAppOptions>,
  repository: string,
  asking: AskerOptions,
): TokenSource {
  const { ask, said, refused } = makeAsker({
    ...asking,
    name: 'it',
    hints: {
      401: 'are app.id and app.privateKey of the same App, and is the clock of this machine right?',
      403: 'is the App or its installation suspended?',
      404: 'is app.installation an installation of this App?',
      422: 'is the App installed for this repository, with the permission Actions: read and write?',
    },
  });
  const failed = (why: string, retryable: boolean) => ({ reason: `no token for the App: ${why}`, retryable });
  let known: { token: string; untilMs: number } | undefined;

  return async (signal, bad) => {
    if (known && known.token !== bad && Date.now() < known.untilMs) return known;
    known = undefined;
    const key = await keyOf(privateKey);
    if (typeof key === 'string') return failed(key, false);
    const answer = await ask(`/app/installations/${installation}/access_tokens`, signal, {
      token: claim(id, key, Math.floor(Date.now() / 1_000)),
      json: { repositories: [repository.split('/')[1]], permissions: { actions: 'write' } },
    });
    if (!isGood(answer)) {
      const { retryable } = refused(answer);
      return failed(said(answer), retryable);
    }
    const body = granted.safeParse(jsonOf(answer.body));
    if (!body.success) return failed('it answered without one', true);
    const { token, expires_at: end } = body.data;
    known = { token, untilMs: (Date.parse(end) || 0) - reserveMs };
    return known;
  };
}

/** The App's proof for a token: a JSON Web Token by RS256. `now`: seconds since 1970. */
function claim(id: string, key: KeyObject, now: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = part({ alg: 'RS256', typ: 'JWT' });
  const text = `${head}.${part({ iat: now - apartSeconds, exp: now + claimSeconds - apartSeconds, iss: id })}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
}

function isPath(text: string): boolean {
  return text.startsWith('/');
}

/** The key, or why there is none. */
async function keyOf(text: string): Promise<KeyObject | string> {
  if (!isPath(text)) return readKey(text) ?? 'app.privateKey is not a private key';
  try {
    const file = await stat(text);
    if (!file.isFile() || file.size > mostBytes)
      return 'the file that app.privateKey names is not a private key';
    return readKey(await readFile(text, 'utf8')) ?? 'the file that app.privateKey names is not a private key';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return `the file that app.privateKey names cannot be read (${code})`;
  }
}

/**
 * Reads an RSA key from PEM text as people paste it: line ends may be lost, or be blanks or
 * , and all may be in base64. Undefined: not a key.
 */
function readKey(text: string): KeyObject | undefined {
  for (const form of [text, Buffer.from(text, 'base64').toString('latin1')]) {
    const [, rsa, body = ''] = /-----BEGIN (RSA )?PRIVATE KEY-----([^-]+)-----END/.exec(form) ?? [];
    if (body === '') continue;
    try {
      const key = createPrivateKey({
        key: Buffer.from(body.replace(/\\[rn]|\s/g, ''), 'base64'),
        format: 'der',
        type: rsa === undefined ? 'pkcs8' : 'pkcs1',
      });
      const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
      if (key.asymmetricKeyType === 'rsa' && bits >= leastBits) return key;
    } catch {
      // The text may have the other form.
    }
  }
  return undefined;
}
