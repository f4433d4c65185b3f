import { readFileSync } from 'node:fs';
import type { ZodDiscriminatedUnion } from 'zod';
import { parse } from 'yaml';

/** The kinds that a union of options knows, in its order. */
export function kindsOf(union: ZodDiscriminatedUnion): string[] {
  return [...(union._zod.propValues['kind'] ?? [])].map(String);
}

/** The routers, deploys or databases that `switchback.yml` shows: those of its services, and those in comments. */
export function samplesOf(what: 'router' | 'deploy' | 'data'): { kind: string }[] {
  const text = readFileSync('switchback.yml', 'utf8');
  const { services } = parse(text) as {
    services: Record<string, Record<string, { kind: string } | undefined>>;
  };
  const commented = [...text.matchAll(new RegExp(`^ +# (${what}: \\{.*\\})$`, 'gm'))].map(
    ([, sample = '']) => (parse(sample) as Record<string, { kind: string }>)[what],
  );
  return [...Object.values(services).map((service) => service[what]), ...commented].filter(
    (each) => each !== undefined,
  );
}
