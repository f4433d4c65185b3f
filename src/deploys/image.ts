import { z } from 'zod';

const place = '{version}';
const template =
  /^(?:[A-Za-z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w.-]*\{version\}[\w.-]*|@(?:sha256:)?\{version\})$/;

/** An image whose tag contains `{version}`, or whose digest is it. */
export const imageSchema = z
  .string()
  .max(300)
  .regex(
    template,
    'must be an image with {version} in its tag, such as registry.example/checkout:{version}, or as its digest after @',
  );

/**
 * The image of a version; undefined when the version does not fit. A version changes only the tag or the digest, never
 * the registry or the repository.
 */
export function imageOf(of: string, version: string): string | undefined {
  const from = of.search(/[:@][^/]*\{version\}/);
  const end = of.slice(from).replace(place, () => version);
  return /^:\w[\w.-]{0,127}$/.test(end) || /^@sha256:[0-9a-f]{64}$/.test(end)
    ? of.slice(0, from) + end
    : undefined;
}
