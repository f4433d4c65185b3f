/**
 * Returns a function that asks `ask` for one item. Items that are asked for in the same turn of the event loop go
 * together, at most `most` at a time. `ask` returns an answer for each, in their order; what it throws, each gets.
 */
export function inOneTurn<T, R>(
  ask: (items: readonly T[]) => Promise<readonly R[]>,
  most: number,
): (item: T) => Promise<R> {
  let gathering: { items: T[]; answers: Promise<readonly R[]> } | undefined;

  const gather = (): NonNullable<typeof gathering> => {
    const items: T[] = [];
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (gathering?.items === items) gathering = undefined;
      return ask(items);
    });
    return { items, answers };
  };

  return async (item) => {
    if (gathering === undefined || gathering.items.length >= most) gathering = gather();
    const { items, answers } = gathering;
    const place = items.push(item) - 1;
    return (await answers)[place] as R;
  };
}
