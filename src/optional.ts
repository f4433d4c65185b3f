import { createRequire } from 'node:module';
import { z } from 'zod';

/** npm packages that only some configurations need: an installation may omit them. Loaded where they are used. */
export type OptionalPackage = '@kubernetes/client-node' | '@aws-sdk/client-elastic-load-balancing-v2' | 'pg';

/** True when a package can be loaded from `from` (a file URL; default: from here). Runs none of its code. */
export function isInstalled(name: OptionalPackage, from: string = import.meta.url): boolean {
  try {
    createRequire(from).resolve(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The `kind` of an adapter that needs an optional package. Without the package, the kind is an error that says what to
 * install.
 */
export function kindThatNeeds<Kind extends string>(kind: Kind, name: OptionalPackage, from?: string) {
  return z.literal(kind).refine(() => isInstalled(name, from), {
    error: `needs the package ${name}, which is not installed: npm install ${name} (with --omit=dev, if npm ci had it)`,
  });
}
