import { z } from 'zod';
import { kindThatNeeds } from '../optional.ts';
import { settlesSchema } from '../release/settings.ts';

/** An ARN of Elastic Load Balancing whose last part begins with `kind`; the first group is its region. */
const arnSchema = (kind: string, means: string) =>
  z
    .string()
    .regex(
      new RegExp(`^arn:[a-z-]+:elasticloadbalancing:[a-z0-9-]+:\\d{12}:${kind}/[A-Za-z0-9/._-]{1,200}$`),
      {
        error: `must be the ARN of ${means} (arn:aws:elasticloadbalancing:<region>:<account>:${kind}/…)`,
      },
    );

const groupSchema = arnSchema('targetgroup', 'a target group');

/** Options of a router that is an AWS Application Load Balancer: a rule, or the default action of a listener. */
export const albRouterOptions = z
  .strictObject({
    kind: kindThatNeeds('aws-alb', '@aws-sdk/client-elastic-load-balancing-v2'),
    region: z
      .string()
      .regex(/^[a-z]{2,}(?:-[a-z0-9]+)+$/, { error: 'must be a region of AWS (such as eu-central-1)' }),
    rule: arnSchema('listener-rule/app', 'a rule of an Application Load Balancer').optional(),
    listener: arnSchema('listener/app', 'a listener of an Application Load Balancer').optional(),
    targetGroups: z
      .strictObject({ blue: groupSchema, green: groupSchema })
      .refine(({ blue, green }) => blue !== green, 'must differ for blue and green'),
    settles: settlesSchema,
  })
  .refine(({ rule, listener }) => (rule === undefined) !== (listener === undefined), {
    path: ['rule'],
    error: 'name one of rule and listener',
  })
  .refine(
    ({ region, rule, listener, targetGroups: { blue, green } }) =>
      [rule, listener, blue, green].every((arn) => arn === undefined || arn.split(':')[3] === region),
    { path: ['region'], error: 'is not the region of the ARNs' },
  );

/** The options of an AWS Application Load Balancer, parsed. */
export type AlbRouterOptions = z.output<typeof albRouterOptions>;
