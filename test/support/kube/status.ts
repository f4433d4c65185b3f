/** `Status` objects, as the API server answers with them instead of what was asked for. */
import { STATUS_CODES } from 'node:http';
import type { Json } from './object.ts';

/** Thrown by the double where the API server would answer with a Status. */
export class StatusError extends Error {
  readonly code: number;
  readonly body: Record<string, Json>;

  constructor(code: number, reason: string, message: string, details: Record<string, Json> = {}) {
    super(message);
    this.code = code;
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      details,
      code,
    };
  }
}

/** What a request is about, for words. */
export interface About {
  group: string;
  plural: string;
  kind: string;
  name: string;
}

const qualified = ({ group, plural }: Pick<About, 'group' | 'plural'>): string =>
  group === '' ? plural : `${plural}.${group}`;
const details = ({ group, plural, name }: About): Record<string, Json> => ({
  name,
  ...(group !== '' && { group }),
  kind: plural,
});

export const notFound = (about: About): StatusError =>
  new StatusError(404, 'NotFound', `${qualified(about)} "${about.name}" not found`, details(about));

export const noSuchPath = (): StatusError =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource');

export const exists = (about: About): StatusError =>
  new StatusError(409, 'AlreadyExists', `${qualified(about)} "${about.name}" already exists`, details(about));

export const conflict = (about: About): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(about)} "${about.name}": the object has been modified; please apply your changes to the latest version and try again`,
    details(about),
  );

/** Somebody else owns fields that an apply would change. */
export const ownedByOthers = (fields: readonly { manager: string; field: string }[]): StatusError =>
  new StatusError(
    409,
    'Conflict',
    `Apply failed with ${fields.length} conflict${fields.length === 1 ? '' : 's'}: ${fields.map(({ manager, field }) => `conflict with "${manager}": ${field}`).join('; ')}`,
    {
      causes: fields.map(({ manager, field }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with "${manager}"`,
        field,
      })),
    },
  );

/** A JSON patch that does not fit, a failed `test` among them: the API server does not say which. */
export const patchRejected = (): StatusError =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request');

export const invalid = (about: About, causes: readonly { field: string; message: string }[]): StatusError =>
  new StatusError(
    422,
    'Invalid',
    `${about.kind}${about.group === '' ? '' : `.${about.group}`} "${about.name}" is invalid: ${causes.map(({ field, message }) => `${field}: ${message}`).join(', ')}`,
    {
      ...details(about),
      causes: causes.map(({ field, message }) => ({ reason: 'FieldValueInvalid', message, field })),
    },
  );

export const badRequest = (message: string): StatusError => new StatusError(400, 'BadRequest', message);

export const unauthorized = (): StatusError => new StatusError(401, 'Unauthorized', 'Unauthorized');

export function forbidden(about: About, user: string, verb: string, namespace: string): StatusError {
  const named = about.name === '' ? qualified(about) : `${qualified(about)} "${about.name}"`;
  return new StatusError(
    403,
    'Forbidden',
    `${named} is forbidden: User "${user}" cannot ${verb} resource "${about.plural}" in API group "${about.group}" in the namespace "${namespace}"`,
    details(about),
  );
}

export const generic = (code: number, reason: string): StatusError =>
  new StatusError(code, reason, STATUS_CODES[code] ?? 'unknown');
