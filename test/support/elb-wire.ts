/** The query protocol of AWS from the server's side, by the SDK's own model: names, lists, maps and types are its. */
import { createHash, createHmac } from 'node:crypto';
import * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { NormalizedSchema } from '@smithy/core/schema';

type Any = ReturnType<typeof NormalizedSchema.of>;

/** The input and output of each operation that is served. */
const operations = {
  DescribeRules: [sdk.DescribeRulesInput$, sdk.DescribeRulesOutput$],
  DescribeListeners: [sdk.DescribeListenersInput$, sdk.DescribeListenersOutput$],
  DescribeTargetHealth: [sdk.DescribeTargetHealthInput$, sdk.DescribeTargetHealthOutput$],
  ModifyRule: [sdk.ModifyRuleInput$, sdk.ModifyRuleOutput$],
  ModifyListener: [sdk.ModifyListenerInput$, sdk.ModifyListenerOutput$],
} as const;
export type Operation = keyof typeof operations;

export function isOperation(name: string): name is Operation {
  return Object.hasOwn(operations, name);
}

/** A request that the model does not know. */
export class Malformed extends Error {}

/** Reads the input of an operation. Throws `Malformed` for a name, type or missing part that the model does not allow. */
export function readInput(operation: Operation, form: URLSearchParams): unknown {
  const left = new Map([...form].filter(([name]) => name !== 'Action' && name !== 'Version'));
  if (left.size + 2 !== [...form].length) throw new Malformed('a name is given twice');
  const input = readValue(NormalizedSchema.of(operations[operation][0]), '', left);
  const [unknown] = left.keys();
  if (unknown !== undefined) throw new Malformed(`unknown parameter ${unknown}`);
  return input ?? {};
}

function under(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}

function readValue(schema: Any, prefix: string, left: Map<string, string>): unknown {
  const some = (start: string): boolean =>
    [...left.keys()].some((name) => name === start || name.startsWith(`${start}.`));
  if (prefix !== '' && !some(prefix)) return undefined;
  if (schema.isStructSchema()) {
    const read: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const value = readValue(member, under(prefix, String(member.getMergedTraits().xmlName ?? name)), left);
      if (value !== undefined) read[name] = value;
    }
    return read;
  }
  if (schema.isListSchema()) {
    if (left.get(prefix) === '') {
      left.delete(prefix);
      return [];
    }
    return inOrder(`${prefix}.member`, some, (at) => readValue(schema.getValueSchema(), at, left));
  }
  if (schema.isMapSchema()) {
    const entries = inOrder(`${prefix}.entry`, some, (at) => [
      readValue(schema.getKeySchema(), `${at}.key`, left),
      readValue(schema.getValueSchema(), `${at}.value`, left),
    ]);
    return Object.fromEntries(entries as [string, unknown][]);
  }
  const text = left.get(prefix);
  if (text === undefined) throw new Malformed(`${prefix} is not a single value`);
  left.delete(prefix);
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') throw new Malformed(`${prefix} is no boolean`);
    return text === 'true';
  }
  if (!schema.isNumericSchema()) return text;
  if (!/^-?\d+$/.test(text)) throw new Malformed(`${prefix} is no number`);
  return Number(text);
}

function inOrder<T>(prefix: string, some: (start: string) => boolean, read: (at: string) => T): T[] {
  const all: T[] = [];
  for (let i = 1; some(`${prefix}.${i}`); i += 1) all.push(read(`${prefix}.${i}`));
  return all;
}

/** The answer of an operation as XML. */
export function writeOutput(operation: Operation, output: unknown): string {
  const result = writeValue(NormalizedSchema.of(operations[operation][1]), output);
  return `<${operation}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><${operation}Result>${result}</${operation}Result><ResponseMetadata><RequestId>7b1c1c5e-0d8a-11f0-9d5c-0242ac120002</RequestId></ResponseMetadata></${operation}Response>`;
}

/** An answer that says no. */
export function writeError(code: string, message: string): string {
  return `<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error><Type>Sender</Type><Code>${escaped(code)}</Code><Message>${escaped(message)}</Message></Error><RequestId>7b1c1c5e-0d8a-11f0-9d5c-0242ac120002</RequestId></ErrorResponse>`;
}

function writeValue(schema: Any, value: unknown): string {
  if (schema.isStructSchema()) {
    const given = value as Record<string, unknown>;
    const known = [...schema.structIterator()];
    const strange = Object.keys(given).find((key) => !known.some(([name]) => name === key));
    if (strange !== undefined)
      throw new Error(`the model has no ${strange} in ${schema.getName() ?? 'this'}`);
    return known
      .filter(([name]) => given[name] !== undefined)
      .map(([name, member]) => {
        const tag = String(member.getMergedTraits().xmlName ?? name);
        return `<${tag}>${writeValue(member, given[name])}</${tag}>`;
      })
      .join('');
  }
  if (schema.isListSchema())
    return (value as unknown[])
      .map((one) => `<member>${writeValue(schema.getValueSchema(), one)}</member>`)
      .join('');
  if (schema.isMapSchema())
    return Object.entries(value as Record<string, unknown>)
      .map(
        ([key, one]) =>
          `<entry><key>${escaped(key)}</key><value>${writeValue(schema.getValueSchema(), one)}</value></entry>`,
      )
      .join('');
  return escaped(String(value));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What of a request is signed. */
export interface Signed {
  method: string;
  path: string;
  headers: NodeJS.Dict<string | string[]>;
  body: string;
}

/** Whether a request bears the signature (version 4) of `secret` over what arrived. */
export function isSigned({ method, path, headers, body }: Signed, secret: string): boolean {
  const found =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      String(headers['authorization']),
    );
  if (!found) return false;
  const [, date = '', region = '', service = '', names = '', signature] = found;
  const canonical = [
    method,
    path,
    '',
    ...names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}`),
    '',
    names,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = [
    'AWS4-HMAC-SHA256',
    headers['x-amz-date'],
    scope,
    createHash('sha256').update(canonical).digest('hex'),
  ].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(
    (last, part) => createHmac('sha256', last).update(part).digest(),
    `AWS4${secret}`,
  );
  return createHmac('sha256', key).update(text).digest('hex') === signature;
}
