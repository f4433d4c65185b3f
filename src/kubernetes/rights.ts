/** Checks the bot's rights in a namespace by asking the API server. */
import type { Doubt } from '../release/ports.ts';
import { groupOf, isUnanswered } from './cluster.ts';
import type { Cluster, Kind, KubernetesVerb } from './cluster.ts';

/** The rights needed for objects of one kind; without names: for the whole namespace. */
export interface NeededRight {
  kind: Kind;
  names?: readonly string[];
  verbs: readonly KubernetesVerb[];
}

/**
 * The missing rights: for each kind, what and the rule that grants it. Says so where the API server does not answer;
 * empty where it does not support such questions.
 */
export async function lacking(
  cluster: Cluster,
  needs: readonly NeededRight[],
  signal: AbortSignal,
): Promise<Doubt[]> {
  const each = await Promise.all(
    needs.map(async ({ kind, names, verbs }): Promise<Doubt[]> => {
      const asked = verbs.flatMap((verb) => (names ?? [undefined]).map((name) => ({ verb, name })));
      const answers = await Promise.all(asked.map(({ verb, name }) => cluster.may(verb, kind, name, signal)));
      const silent = answers.find((answer) => !answer.ok && (isUnanswered(answer) || answer.status === 401));
      if (silent && !silent.ok)
        return [{ what: `cannot be asked: ${silent.detail}`, fix: 'check how the bot reaches the cluster' }];
      const { group, plural } = groupOf(kind);
      const missing = asked.filter((_, i) => {
        const answer = answers[i];
        return answer?.ok === true && !answer.value;
      });
      if (missing.length === 0) return [];
      const words = missing.map(
        ({ verb, name }) => `${verb} ${plural}${name === undefined ? '' : ` ${name}`}`,
      );
      const only = names === undefined ? '' : `resourceNames: [${names.join(', ')}], `;
      const rule = `{ apiGroups: [${group === '' ? '""' : group}], resources: [${plural}], ${only}verbs: [${verbs.join(', ')}] }`;
      return [
        {
          what: `it may not ${words.join(', ')} in namespace ${cluster.namespace}`,
          fix: `add to its Role there: ${rule}`,
        },
      ];
    }),
  );
  const [cannot] = each.flat().filter(({ what }) => what.startsWith('cannot be asked'));
  return cannot ? [cannot] : each.flat();
}
