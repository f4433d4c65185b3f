import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { temporaryFolder } from './processes.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that all test files of one run share. */
    sharedFolder: string;
  }
}

let folder: string;

/** Makes the folder, before the first test file. */
export async function setup(project: TestProject): Promise<void> {
  folder = await temporaryFolder();
  project.provide('sharedFolder', folder);
}

/** Removes it, after the last. */
export async function teardown(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
