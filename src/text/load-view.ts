/** Loads what the reads tell about: one service, or all. They ask neither routers nor Slack. */
import { elsewhere, isNamedElsewhere } from '../release/configurations.ts';
import type { Catalog, View } from '../release/command.ts';
import type { Refusal } from '../release/refusals.ts';
import { serviceNameSchema } from '../release/settings.ts';
import type { Store } from '../release/store.ts';
import { serviceNames, unknownService } from './known-service.ts';

interface ViewParts {
  catalog: Catalog;
  store: Pick<Store, 'loadMany' | 'services' | 'configurations'>;
}

/** Loads one service; or the refusal of an unknown one. */
export async function loadView(service: string, desk: ViewParts): Promise<View | { refusal: Refusal }> {
  const configured = desk.catalog.find(service);
  const [loaded] = serviceNameSchema.safeParse(service).success ? await desk.store.loadMany([service]) : [];
  const isNothing = loaded?.record === null && loaded.bad === undefined && !loaded.hasHistory;
  const lacked =
    loaded !== undefined && configured === undefined && (await isNamedElsewhere(desk.store, service));
  if (lacked && isNothing) return { refusal: elsewhere(service) };
  if (loaded === undefined || (configured === undefined && isNothing))
    return { refusal: unknownService(service, await serviceNames(desk)) };
  return { service, configured, loaded, ...(lacked && { elsewhere: true }) };
}

/** Loads all services, by name. */
export async function loadViews(desk: ViewParts): Promise<View[]> {
  const names = await serviceNames(desk);
  const loaded = await desk.store.loadMany(names);
  const lacked = names.filter((name) => desk.catalog.find(name) === undefined);
  const others = lacked.length === 0 ? [] : await desk.store.configurations();
  const namedElsewhere = new Set(others.flatMap(({ services }) => services));
  return names.flatMap((service, i): View[] => {
    const one = loaded[i];
    if (one === undefined) return [];
    const configured = desk.catalog.find(service);
    const isLacked = configured === undefined && namedElsewhere.has(service);
    return [{ service, configured, loaded: one, ...(isLacked && { elsewhere: true }) }];
  });
}
