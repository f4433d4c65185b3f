import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { readSchema, schemaCheck } from '../../src/health/schema.ts';
import { closeServer, listen } from '../support/listen.ts';
import { freePort } from '../support/ports.ts';

const names = { needs: 'schema.needs', reads: 'schema.reads', at: 'schema.at' };
const read = (schema: unknown) => readSchema(JSON.stringify({ schema }), names);

test.each([
  [{ needs: 42 }, { needs: 42, min: 42, max: 42 }],
  [
    { needs: '42', reads: '40-42' },
    { needs: 42, min: 40, max: 42 },
  ],
  [
    { needs: 42, reads: ' 40 .. 42 ' },
    { needs: 42, min: 40, max: 42 },
  ],
  [
    { needs: 42, reads: [40, '42'] },
    { needs: 42, min: 40, max: 42 },
  ],
  [
    { needs: 42, reads: { min: '40', max: 43, note: 'x' } },
    { needs: 42, min: 40, max: 43 },
  ],
  [
    { needs: 42, reads: 42, at: '41' },
    { needs: 42, min: 42, max: 42, at: 41 },
  ],
  [
    { needs: 42, reads: null, at: null },
    { needs: 42, min: 42, max: 42 },
  ],
  [
    { needs: 20_260_101_120_000 },
    { needs: 20_260_101_120_000, min: 20_260_101_120_000, max: 20_260_101_120_000 },
  ],
])('%j is read', (schema, wanted) => {
  expect(read(schema)).toEqual(wanted);
});

test.each([
  [{}, 'without "schema.needs"'],
  [{ needs: 42.5 }, '42.5 at "schema.needs", which is no whole number'],
  [{ needs: 'V42' }, '"V42" at "schema.needs", which is no whole number'],
  [{ needs: -1 }, '-1 at "schema.needs", which is no whole number'],
  [{ needs: 42, reads: '42-40' }, '"42-40" at "schema.reads", which is no range with 42 in it'],
  [{ needs: 42, reads: '40-41' }, '"40-41" at "schema.reads", which is no range with 42 in it'],
  [{ needs: 42, reads: { min: 40 } }, '{"min":40} at "schema.reads", which is no range with 42 in it'],
  [
    { needs: 42, reads: ['40', '41', '42'] },
    '["40","41","42"] at "schema.reads", which is no range with 42 in it',
  ],
  [
    { needs: 42, at: 'x\u0007'.repeat(500) },
    expect.stringMatching(/^"x.{50,58}… at "schema.at", which is no/),
  ],
])('%j is not guessed at', (schema, wanted) => {
  expect(read(schema)).toEqual(wanted);
});

test('a hostile answer is only a reason', () => {
  expect(readSchema('<html>', names)).toBe('something that is not JSON');
  expect(readSchema('{"__proto__":{"schema":{"needs":1}}}', names)).toBe('without "schema.needs"');
  expect(readSchema('[]', names)).toBe('without "schema.needs"');
});

describe('a color', () => {
  let body = '';
  let status = 200;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.statusCode = status;
    response.end(body);
  });
  let url = '';
  beforeAll(async () => {
    const port = await freePort();
    await listen(server, port);
    url = `http://127.0.0.1:${port}/app`;
  });
  afterAll(() => closeServer(server));
  const ask = (path?: string) =>
    schemaCheck(
      { needs: 'needs', ...(path !== undefined && { path }) },
      { blue: { url }, green: { url } },
      { path: '/version' },
    ).ask('blue', AbortSignal.timeout(5_000));

  it('is asked at the path of its own, else at that of the check', async () => {
    body = '{"needs":"7"}';
    expect(await ask()).toEqual({ ok: true, said: { needs: 7, min: 7, max: 7 } });
    expect(await ask('/schema?full=1')).toMatchObject({ ok: true });
    expect(asked).toEqual(['/app/version', '/app/schema?full=1']);
  });

  it('that answers badly, or too much, is not known', async () => {
    status = 500;
    expect(await ask()).toMatchObject({
      ok: false,
      why: expect.stringMatching(/^blue: GET \/version answered 500/),
    });
    status = 200;
    body = `{"needs":1,"more":"${'x'.repeat(70_000)}"}`;
    expect(await ask()).toMatchObject({ ok: false, why: expect.stringContaining('larger than 64 kB') });
  });
});
