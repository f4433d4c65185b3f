import { z } from 'zod';
import type { Deploy } from '../release/ports.ts';
import { commandDeploy, commandDeployOptions } from './command.ts';
import { githubDeploy, githubDeployOptions } from './github.ts';
import { gitlabDeploy, gitlabDeployOptions } from './gitlab.ts';
import { jenkinsDeploy, jenkinsDeployOptions } from './jenkins.ts';
import { kubernetesDeploy, kubernetesDeployOptions } from './kubernetes.ts';
import { webhookDeploy, webhookDeployOptions } from './webhook.ts';

/** Options of a deploy to a color, by `kind`. `none`: the version is already there. */
export const deployOptions = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  webhookDeployOptions,
  githubDeployOptions,
  gitlabDeployOptions,
  jenkinsDeployOptions,
  commandDeployOptions,
  kubernetesDeployOptions,
]);

/** The options of one deploy, parsed. */
export type DeployOptions = z.output<typeof deployOptions>;

/** Makes the deploy of a service; undefined for `none`. */
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
