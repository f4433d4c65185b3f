import { z } from 'zod';
import { colorSchema } from '../../../src/release/color.ts';
import type { Color } from '../../../src/release/color.ts';
import type { SampleColor } from './colors.ts';
import { listen, readJson, sendJson } from './listening.ts';

/** The pretend deploy system: puts a version on a color. */
export interface Deploys {
  /** The value of `deploy.url`; with `/{id}` after it, of `statusUrl`. */
  readonly url: string;
  close(): Promise<void>;
}

/** The duration of a deploy, ms. */
const takesMs = 700;

const job = z.object({ color: colorSchema, version: z.string(), release: z.string() });

/** Starts the deploy system on a free port. It deploys each release once. */
export async function startDeploys(colors: Readonly<Record<Color, SampleColor>>): Promise<Deploys> {
  const ends = new Map<string, { at: number; color: Color; version: string }>();

  function standing(id: string): { state: string; message?: string } | undefined {
    const found = ends.get(id);
    if (found === undefined) return undefined;
    if (Date.now() < found.at) return { state: 'running' };
    const color = colors[found.color];
    if (color.ailment === 'die') return { state: 'failed', message: `${found.color} is down` };
    return { state: 'succeeded', message: `${found.color} runs ${found.version}` };
  }

  const server = await listen((request, response) => {
    if (request.method === 'GET') {
      const said = standing(decodeURIComponent((request.url ?? '/').slice('/deploys/'.length)));
      return sendJson(response, said ? 200 : 404, said ?? {});
    }
    void readJson(request).then(
      (body) => {
        const read = job.safeParse(body);
        if (!read.success) return sendJson(response, 400, {});
        const { color, version, release } = read.data;
        if (!ends.has(release)) {
          ends.set(release, { at: Date.now() + takesMs, color, version });
          setTimeout(() => colors[color].run(version), takesMs).unref();
        }
        return sendJson(response, 202, { id: release });
      },
      () => response.destroy(),
    );
  });
  return { url: `${server.url}/deploys`, close: () => server.close() };
}
