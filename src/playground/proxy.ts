import { createProxyServer } from 'httpxy';
import { z } from 'zod';
import { colorSchema } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import { listen, readJson, sendJson } from './listening.ts';

/** The router: all requests go to one color, which the bot asks for and sets over HTTP. */
export interface PlayRouter {
  /** Where traffic comes in. */
  readonly url: string;
  /** What the bot's `http` router asks (`GET`) and tells (`PUT`). */
  readonly control: string;
  readonly live: Color;
  /** Drops every question and order of the bot; traffic goes on. */
  goAway(): void;
  comeBack(): void;
  readonly away: boolean;
  /** Points it elsewhere behind the bot's back. */
  move(color: Color): void;
  close(): Promise<void>;
}

const order = z.object({ color: colorSchema });

/** Starts a router before the colors at these addresses. */
export async function startRouter(
  targets: Readonly<Record<Color, string>>,
  first: Color,
): Promise<PlayRouter> {
  let live = first;
  let away = false;
  const proxy = createProxyServer({ proxyTimeout: 10_000 });
  // The promise of `web` says the same; without a listener the event would be thrown.
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
    if (away) {
      request.socket.destroy();
      return;
    }
    if (request.method === 'GET') return sendJson(response, 200, { color: live });
    void readJson(request).then(
      (body) => {
        const read = order.safeParse(body);
        if (request.method !== 'PUT' || !read.success) return sendJson(response, 400, {});
        live = read.data.color;
        return sendJson(response, 200, { color: live });
      },
      () => response.destroy(),
    );
  });
  return {
    url: front.url,
    control: `${control.url}/live`,
    get live() {
      return live;
    },
    get away() {
      return away;
    },
    goAway: () => void (away = true),
    comeBack: () => void (away = false),
    move: (color) => void (live = color),
    async close() {
      proxy.close();
      await Promise.all([front.close(), control.close()]);
    },
  };
}
