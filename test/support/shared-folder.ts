import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { temporaryFolder } from './processes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that all test files of one run share. */
    sharedFolder: string;
  }
}

/** Makes the folder before the first test file, and removes it after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder();
  project.provide('sharedFolder', folder);
  return () => rm(folder, { recursive: true, force: true });
}
