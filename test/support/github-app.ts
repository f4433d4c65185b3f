import { generateKeyPairSync, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CiAnswer } from './ci-server.ts';

/** An App of a pretend GitHub, with one installation. Change it at any time. */
export interface GithubApp {
  readonly id: string;
  readonly installation: string;
  /** Its private key, as GitHub gives it: PKCS #1 in PEM. */
  readonly privateKey: string;
  readonly publicKey: KeyObject;
  actions: 'read' | 'write';
  repositories: string[];
  suspended: boolean;
  /** How long a token is good from when it is given, ms. */
  lifetimeMs: number;
  /** Tokens that are taken, and how many were ever given. */
  readonly tokens: Set<string>;
  given: number;
}

/** Makes one with a key of its own. */
export function githubApp(): GithubApp {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    id: '12345',
    installation: '678',
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey,
    actions: 'write',
    repositories: ['checkout'],
    suspended: false,
    lifetimeMs: 3_600_000,
    tokens: new Set(),
    given: 0,
  };
}

const refused = (status: number, message: string): CiAnswer => ({ status, json: { message } });

/** `POST /app/installations/<id>/access_tokens`, as strict as GitHub's reference. `secret` stands in the token. */
export function giveToken(
  app: GithubApp,
  installation: string,
  authorization: string,
  body: string,
  secret: string,
): CiAnswer {
  const odd = whyNotTaken(app, authorization);
  if (odd !== undefined) return refused(401, odd);
  if (installation !== app.installation) return refused(404, 'Not Found');
  if (app.suspended) return refused(403, 'This installation has been suspended');
  const { repositories = app.repositories, permissions = {} } = JSON.parse(body || '{}') as {
    repositories?: string[];
    permissions?: Record<string, string>;
  };
  if (!repositories.every((name) => app.repositories.includes(name)))
    return refused(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  const { actions, ...more } = permissions;
  if (Object.keys(more).length > 0 || (actions === 'write' && app.actions === 'read'))
    return refused(422, 'The permissions requested are not granted to this installation.');
  app.given += 1;
  const token = `ghs_${app.id}_${secret}_${app.given}`;
  app.tokens.add(token);
  const expires_at = new Date(Date.now() + app.lifetimeMs).toISOString().replace(/\.\d+/, '');
  return { status: 201, json: { token, expires_at, permissions: { actions, metadata: 'read' } } };
}

/** What GitHub says of a claim that it does not take. */
function whyNotTaken(app: GithubApp, authorization: string): string | undefined {
  const [, head = '', claims = '', signature = ''] =
    /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization) ?? [];
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as Record<string, unknown>;
  const signed = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${claims}`),
    app.publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (head === '' || read(head)['alg'] !== 'RS256' || !signed) return 'A JSON web token could not be decoded';
  const { iss, iat, exp } = read(claims);
  const now = Date.now() / 1_000;
  if (String(iss) !== app.id) return "'Issuer' claim ('iss') must be an Integer or String of the App";
  if (!Number.isInteger(iat) || Number(iat) > now)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  if (!Number.isInteger(exp) || Number(exp) <= now)
    return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  if (Number(exp) > now + 600) return "'Expiration time' claim ('exp') is too far in the future";
  return undefined;
}
