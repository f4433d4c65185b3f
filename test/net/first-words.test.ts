import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstWords } from '../../src/net/first-words.ts';

const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('the first words of a body', () => {
  test.each([
    ['a message', '{"code":7,"message":"cart total is 0"}', 'cart total is 0'],
    ['an error', '{"error":"no such shop"}', 'no such shop'],
    ['the message in an error', '{"error":{"code":422,"message":"no such shop"}}', 'no such shop'],
    ['a detail before a title', '{"type":"about:blank","title":"Bad","detail":"no shop"}', 'no shop'],
    ['a title', '{"title":"Forbidden by policy","status":403}', 'Forbidden by policy'],
    ['a reason', '{"kind":"Status","status":"Failure","reason":"Expired"}', 'Expired'],
    ['the first of several errors', '{"errors":[{"message":"a"},{"message":"b"}]}', 'a'],
    [
      'the first of several details',
      '{"detail":[{"loc":["body"],"msg":"field required"}]}',
      'field required',
    ],
    ['the first of several messages', '{"statusCode":400,"message":["name is empty","x"]}', 'name is empty'],
    ['a field in capitals', '{"Message":"Access denied"}', 'Access denied'],
    ['what is not empty', '{"message":" ","error":"disk full"}', 'disk full'],
    [
      'what an error of OAuth describes',
      '{"error":"invalid_token","error_description":"it expired"}',
      'it expired',
    ],
    ['JSON that has none of them', '{ "components": { "db": "DOWN" } }', '{"components":{"db":"DOWN"}}'],
    [
      'what is said of the whole request',
      '{"message":{"base":["Reference not found"]}}',
      'Reference not found',
    ],
    [
      'what is said of each part of the request',
      '{"message":{"name":["is taken"],"ref":["is missing","x"]}}',
      'name: is taken; ref: is missing',
    ],
    ['what is said of parts in errors', '{"errors":{"ref":"is missing"}}', 'ref: is missing'],
    ['a JSON text', '"no shop today"', 'no shop today'],
    ['a text without its full stop', 'Out of\r\n  disk.\n', 'Out of disk'],
    ['JSON that is broken, as text', '{"message": oops', '{"message": oops'],
    [
      'the title of HTML',
      '<!doctype html><html><title>\n502 Bad &amp; Gateway </title><p>x',
      '502 Bad & Gateway',
    ],
    ['of HTML without a title nothing', '<html><body><h1>503</h1>No server is available', ''],
    ['of nothing nothing', ' \n', ''],
    ['of an empty object nothing', '{}', ''],
    ['of an empty list nothing', '[]', ''],
    ['of what every object has nothing', '{"message":{}}', '{"message":{}}'],
  ])('are %s', (_what, body, words) => {
    expect(firstWords(body)).toBe(words);
  });

  test('are empty for an image, and for bytes that are no text', () => {
    expect(firstWords('PNG', 'image/png')).toBe('');
    expect(firstWords('\0\x01\x02\uFFFD\uFFFD')).toBe('');
  });

  test.each([
    ['a token that was sent', 'token k3yk3yk3y is not valid', 'k3yk3yk3y'],
    ['a token of Slack', '{"message":"bad xoxb-123-abc"}', 'xoxb-123'],
    ['a password in a URL', 'cannot reach postgres://shop:hunter2@db/shop', 'hunter2'],
    ['a bearer', '{"error":"Bearer abcdefgh is wrong"}', 'abcdefgh'],
    ['a part whose name says so', '{"message":{"password":["hunter2"]}}', 'hunter2'],
    ['a field whose name says so', '{"db_password":"hunter2","state":"DOWN"}', 'hunter2'],
  ])('hold no secret: %s', (_what, body, secret) => {
    expect(firstWords(body, '', ['k3yk3yk3y'])).not.toContain(secret);
    expect(firstWords(body, '', ['k3yk3yk3y'])).not.toBe('');
  });

  test('are one line of at most 200 characters, for any body', () => {
    const bodies = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.json(),
      fc.string({ unit: 'binary', maxLength: 400 }).map((message) => JSON.stringify({ message })),
      fc.string({ maxLength: 400 }).map((title) => `<html><title>${title}</title>`),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const words = firstWords(body);
        expect(words.length).toBeLessThanOrEqual(200);
        expect(words).not.toMatch(controls);
        expect(words).toBe(words.trim());
      }),
    );
  });

  test('are cut between characters', () => {
    const words = firstWords(`${'x'.repeat(198)}🛒🛒🛒`);
    expect(words).toBe(`${'x'.repeat(198)}…`);
  });
});
