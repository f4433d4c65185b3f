import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeProbe, probeOptions } from '../../src/probes/http.ts';
import { type HaproxyServer, startHaproxy } from '../support/haproxy.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';

const never = new AbortController().signal;
const versions = { blue: '1.0.0', green: '2.0.0' };
let blue: SampleColor;
let green: SampleColor;
let haproxy: HaproxyServer;
beforeAll(async () => {
  blue = await startColor('blue', '1.0.0');
  green = await startColor('green', '2.0.0');
  haproxy = await startHaproxy({ checkout: { blue: blue.port, green: green.port, live: 'green' } });
});
beforeEach(async () => {
  green.requests.length = 0;
  await green.revive();
});
afterAll(async () => {
  await haproxy.stop();
  await Promise.all([blue.stop(), green.stop()]);
});

const probe = (more: object) =>
  makeProbe(probeOptions.parse({ url: `${haproxy.frontend('checkout')}/version`, ...more }));

describe('a probe through the router', () => {
  test('knows the color by its header, with as many requests as are written', async () => {
    const before = green.connections();
    const asked = probe({ colorHeader: 'X-Color', requests: 4 });
    expect(await asked.ask('green', { blue: undefined, green: undefined }, never)).toEqual({
      verdict: 'same',
      detail: '4 of 4 answered by green',
    });
    expect(green.requests).toEqual(Array(4).fill('/version'));
    expect(green.connections() - before).toBe(4);
  });

  test('says which color answered instead', async () => {
    expect(await probe({ colorHeader: 'x-color' }).ask('blue', versions, never)).toEqual({
      verdict: 'other',
      detail: 'request 1 of 3: answered by green',
    });
  });

  test('knows the color by its version', async () => {
    const asked = probe({ versionPath: 'version' });
    expect(await asked.ask('green', versions, never)).toMatchObject({ verdict: 'same' });
    expect(await asked.ask('blue', versions, never)).toEqual({
      verdict: 'other',
      detail: 'request 1 of 3: answered by version 2.0.0, wanted 1.0.0',
    });
  });

  test.each([
    ['equal versions', { blue: '2.0.0', green: '2.0.0' }],
    ['an unknown version', { blue: '1.0.0', green: 'unknown' }],
    ['no version', { blue: '1.0.0', green: undefined }],
  ])('proves nothing with %s', async (_what, recorded) => {
    const asked = probe({ versionPath: 'version' });
    expect(await asked.ask('green', recorded, never)).toMatchObject({ verdict: 'proves-nothing' });
  });

  test('tells colors of equal version apart by their header', async () => {
    const equal = { blue: '2.0.0', green: '2.0.0' };
    const asked = probe({ versionPath: 'version', colorHeader: 'x-color' });
    expect(await asked.ask('green', equal, never)).toMatchObject({ verdict: 'same' });
    expect(await asked.ask('blue', equal, never)).toMatchObject({ verdict: 'other' });
  });

  test('counts a request that the router could not pass on as not answered by the color', async () => {
    await green.die();
    const expected = { verdict: 'other', detail: expect.stringContaining('answered 503') };
    expect(await probe({ versionPath: 'version' }).ask('green', versions, never)).toMatchObject(expected);
    expect(await probe({ colorHeader: 'x-color' }).ask('green', versions, never)).toMatchObject(expected);
    const equal = { blue: '2.0.0', green: '2.0.0' };
    expect(await probe({ versionPath: 'version' }).ask('green', equal, never)).toMatchObject(expected);
  });

  test('counts a request without an answer as not answered by the color', async () => {
    const asked = probe({ url: 'http://127.0.0.1:1/', colorHeader: 'x-color' });
    expect(await asked.ask('green', versions, never)).toMatchObject({
      verdict: 'other',
      detail: 'request 1 of 3: connection refused',
    });
  });
});
