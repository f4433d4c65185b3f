import { createProxyServer } from 'httpxy';
import { z } from 'zod';
import { colorSchema } from '../../../src/release/color.ts';
import { listen, readJson, sendJson } from './listening.ts';
import type { PlayRouter, RouterNeeds } from './router.ts';

const order = z.object({ color: colorSchema });

/** Starts a small proxy; the bot's `http` router reads it (`GET`) and points it (`PUT`). */
export async function startRouter({ targets, first, ordered }: RouterNeeds): Promise<PlayRouter> {
  let live = first;
  let unreachable = false;
  const proxy = createProxyServer({ proxyTimeout: 10_000 });
  // The promise of `web` reports the error too; without a listener the event would throw.
  proxy.on('error', () => {});
  const front = await listen((request, response) => {
    proxy
      .web(request, response, { target: targets[live] })
      .catch(() => {})
      .finally(() => {
        if (!response.headersSent) sendJson(response, 502, { error: 'no answer' });
      });
  });
  const control = await listen((request, response) => {
    if (unreachable) {
      request.socket.destroy();
      return;
    }
    if (request.method === 'GET') return sendJson(response, 200, { color: live });
    void readJson(request)
      .then(async (body) => {
        const read = order.safeParse(body);
        if (request.method !== 'PUT' || !read.success) return sendJson(response, 400, {});
        live = read.data.color;
        await ordered();
        return sendJson(response, 200, { color: read.data.color });
      })
      .catch(() => response.destroy());
  });
  return {
    url: front.url,
    settings: { kind: 'http', url: `${control.url}/live` },
    get live() {
      return live;
    },
    get unreachable() {
      return unreachable;
    },
    cutOff: () => void (unreachable = true),
    reconnect: () => void (unreachable = false),
    async move(color) {
      live = color;
    },
    async close() {
      proxy.close();
      await Promise.all([front.close(), control.close()]);
    },
  };
}
