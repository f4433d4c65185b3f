/** The resources that the double serves, and what it refuses to store of each. */
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1';
import { isMap } from './object.ts';
import type { KubeObject } from './object.ts';
import { badRequest, invalid } from './status.ts';
import type { About } from './status.ts';

export interface Resource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  /** Defined by a custom resource: no strategic patches, and an update names the version that it changes. */
  custom?: true;
  /** Its status is written by itself, at `…/status`. */
  status?: true;
  namespaced: boolean;
}

const core = { group: '', version: 'v1', namespaced: true };
const apps = { group: 'apps', version: 'v1', namespaced: true, status: true } as const;

export const resources: readonly Resource[] = [
  { ...core, plural: 'namespaces', kind: 'Namespace', namespaced: false },
  { ...core, plural: 'services', kind: 'Service', status: true },
  { ...core, plural: 'pods', kind: 'Pod', status: true },
  { ...core, plural: 'events', kind: 'Event' },
  { ...apps, plural: 'deployments', kind: 'Deployment' },
  { ...apps, plural: 'replicasets', kind: 'ReplicaSet' },
  {
    group: 'discovery.k8s.io',
    version: 'v1',
    plural: 'endpointslices',
    kind: 'EndpointSlice',
    namespaced: true,
  },
  {
    group: 'gateway.networking.k8s.io',
    version: 'v1',
    plural: 'httproutes',
    kind: 'HTTPRoute',
    namespaced: true,
    custom: true,
    status: true,
  },
];

export const apiVersionOf = ({ group, version }: Pick<Resource, 'group' | 'version'>): string =>
  group === '' ? version : `${group}/${version}`;

const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update'];

/** What discovery says of one group and version. */
export function resourceList(group: string, version: string): object | undefined {
  const some = resources.filter((each) => each.group === group && each.version === version);
  if (some.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: some.flatMap(({ plural, kind, namespaced, status }) => [
      { name: plural, singularName: kind.toLowerCase(), namespaced, kind, verbs },
      ...(status
        ? [
            {
              name: `${plural}/status`,
              singularName: '',
              namespaced,
              kind,
              verbs: ['get', 'patch', 'update'],
            },
          ]
        : []),
    ]),
  };
}

/** What discovery says of the groups. */
export function groupList(): object {
  const groups = [...new Set(resources.map(({ group }) => group))].filter((group) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map((name) => {
      const version = { groupVersion: `${name}/v1`, version: 'v1' };
      return { name, versions: [version], preferredVersion: version };
    }),
  };
}

/** Throws the Status with which the API server would refuse an object. */
export function validate(about: About, object: KubeObject, before: KubeObject | undefined): void {
  switch (about.kind) {
    case 'HTTPRoute':
      return validateRoute(about, object);
    case 'Service':
      return validateLabels(about, object.spec?.['selector'], 'spec.selector');
    case 'Deployment': {
      const selector = object.spec?.['selector'];
      if (before && JSON.stringify(before.spec?.['selector']) !== JSON.stringify(selector))
        throw invalid(about, [{ field: 'spec.selector', message: 'Invalid value: field is immutable' }]);
      return validateContainers(about, object);
    }
    default:
  }
}

function validateRoute(about: About, object: KubeObject): void {
  const { managedFields: _, ...metadata } = object.metadata;
  try {
    new HTTPRoute({ ...object, metadata } as unknown as ConstructorParameters<
      typeof HTTPRoute
    >[0]).validate();
  } catch (cause) {
    const { errors } = cause as { errors?: { instancePath: string; message?: string }[] };
    if (errors === undefined) throw cause;
    throw invalid(
      about,
      errors.map(({ instancePath, message }) => ({
        field: instancePath
          .slice(1)
          .replace(/\/(\d+)/g, '[$1]')
          .replaceAll('/', '.'),
        message: `Invalid value: ${message ?? 'not valid'}`,
      })),
    );
  }
}

function validateLabels(about: About, labels: unknown, field: string): void {
  if (labels === undefined) return;
  if (!isMap(labels))
    throw badRequest(
      `${about.kind} in version "v1" cannot be handled as a ${about.kind}: json: cannot unmarshal into Go struct field of type map[string]string`,
    );
  for (const value of Object.values(labels)) {
    if (typeof value !== 'string')
      throw badRequest(
        `${about.kind} in version "v1" cannot be handled as a ${about.kind}: json: cannot unmarshal ${typeof value} into Go struct field .${field} of type string`,
      );
    if (!/^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value))
      throw invalid(about, [
        {
          field,
          message: `Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'`,
        },
      ]);
  }
}

function validateContainers(about: About, object: KubeObject): void {
  const template = object.spec?.['template'];
  const pod = isMap(template) ? template['spec'] : undefined;
  const containers = isMap(pod) && Array.isArray(pod['containers']) ? pod['containers'] : [];
  if (containers.length === 0)
    throw invalid(about, [{ field: 'spec.template.spec.containers', message: 'Required value' }]);
  containers.forEach((each, i) => {
    if (!isMap(each) || typeof each['image'] !== 'string' || each['image'].trim() === '')
      throw invalid(about, [
        { field: `spec.template.spec.containers[${i}].image`, message: 'Required value' },
      ]);
  });
}
