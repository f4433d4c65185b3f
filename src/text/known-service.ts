/** The services that there are, and the words for one that there is not. */
import type { Catalog } from '../release/command.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import type { Store } from '../release/store.ts';
import { nearest } from './did-you-mean.ts';

/** The names of the configured services and of those that only have a record; sorted. */
export async function serviceNames(desk: {
  catalog: Catalog;
  store: Pick<Store, 'services'>;
}): Promise<string[]> {
  return [...new Set([...desk.catalog.names(), ...(await desk.store.services())])].toSorted();
}

const listed = 30;

/** The refusal of an unknown service, with the likely one and the list. */
export function unknownService(typed: string, names: readonly string[], verb?: string): Refusal {
  const { guess, list } = didYouMean(typed, names);
  return {
    code: 'unknown-service',
    ...(verb !== undefined && { what: line`${verb} was refused.` }),
    why: line`There is no service ${{ code: typed }}.${guess}`,
    next: list,
  };
}

/** The likely service as a sentence of its own, and the list of services. */
export function didYouMean(typed: string, names: readonly string[]): { guess: Line; list: Line } {
  const near = nearest(
    typed,
    names.filter((name) => name !== typed),
  );
  const more = names.length > listed ? ` and ${names.length - listed} more` : '';
  return {
    guess: near === undefined ? [] : line` Did you mean ${{ code: near }}?`,
    list:
      names.length === 0
        ? line`No service is configured.`
        : line`Services: ${names.slice(0, listed).join(', ')}${more}.`,
  };
}
