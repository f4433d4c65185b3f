import { elsewhere, isElsewhere } from '../../release/configurations.ts';
import type { Catalog, Configured, View } from '../../release/command.ts';
import { serviceNameSchema } from '../../release/settings.ts';
import type { Store } from '../../release/store.ts';
import { serviceNames, unknownService } from '../unknown-service.ts';
import { refusalReply } from '../reply.ts';
import type { Reply } from '../reply.ts';

/** Loads the configuration, the record and related data of one service; or the refusal of an unknown one. */
export async function loadService(
  service: string,
  desk: { catalog: Catalog; store: Pick<Store, 'loadMany' | 'services' | 'configurations'> },
): Promise<View | { reply: Reply }> {
  const configured: Configured | undefined = desk.catalog.find(service);
  const [loaded] = serviceNameSchema.safeParse(service).success ? await desk.store.loadMany([service]) : [];
  const isNothing = loaded?.record === null && loaded.bad === undefined && !loaded.hasHistory;
  const lacked = loaded !== undefined && configured === undefined && (await isElsewhere(desk.store, service));
  if (lacked && isNothing) return { reply: refusalReply(elsewhere(service)) };
  if (loaded === undefined || (configured === undefined && isNothing))
    return { reply: unknownService(service, await serviceNames(desk)) };
  return { service, configured, loaded, ...(lacked && { elsewhere: true }) };
}
