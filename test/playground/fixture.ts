import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../packages/slack-double/src/index.ts';

/** A recorded payload or answer of Slack. */
export function fixture(name: string): JsonObject {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/slack/${name}`, import.meta.url), 'utf8'),
  ) as JsonObject;
}
