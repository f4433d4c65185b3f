import { z } from 'zod';
import type { Deploy } from '../release/ports.ts';
import { commandDeploy, commandDeployOptions } from './command.ts';
import { githubDeploy, githubDeployOptions } from './github.ts';
import { gitlabDeploy, gitlabDeployOptions } from './gitlab.ts';
import { jenkinsDeploy, jenkinsDeployOptions } from './jenkins.ts';
import { kubernetesDeploy, kubernetesDeployOptions } from './kubernetes.ts';
import { webhookDeploy, webhookDeployOptions } from './webhook.ts';

/** Options of how a version comes onto a color, by `kind`. `none`: it is already there. */
export const deployOptions = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  webhookDeployOptions,
  githubDeployOptions,
  gitlabDeployOptions,
  jenkinsDeployOptions,
  commandDeployOptions,
  kubernetesDeployOptions,
]);

export type DeployOptions = z.output<typeof deployOptions>;

/** Makes the deploy of a service; undefined when versions come onto its colors by other means. */
export function makeDeploy(options: DeployOptions): Deploy | undefined {
  switch (options.kind) {
    case 'none':
      return undefined;
    case 'webhook':
      return webhookDeploy(options);
    case 'github':
      return githubDeploy(options);
    case 'gitlab':
      return gitlabDeploy(options);
    case 'jenkins':
      return jenkinsDeploy(options);
    case 'command':
      return commandDeploy(options);
    case 'kubernetes':
      return kubernetesDeploy(options);
    default:
      return options satisfies never;
  }
}
