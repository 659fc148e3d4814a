import type { ItemKind, ItemStatus, Workflow } from '$lib/api/types';

/** A status as it is being edited; without an id, a new one. */
export type StatusDraft = Omit<ItemStatus, 'id'> & { id?: number };
type Step = { from: string; to: string };

/**
 * The steps of all kinds by the names that the statuses shall have. Steps of statuses that go are left away, and a
 * kind whose last step goes may take every step again.
 */
export function stepsNamed({ transitions }: Workflow, statuses: StatusDraft[]): Record<string, Step[]> {
  const names = new Map(statuses.map(({ id, name }) => [id, name]));
  const named = Object.entries(transitions).map(([kind, steps]): [string, Step[]] => [
    kind,
    steps.flatMap(({ from, to }) => {
      const [before, after] = [names.get(from), names.get(to)];
      return before && after ? [{ from: before, to: after }] : [];
    }),
  ]);
  return Object.fromEntries(named.filter(([, steps]) => steps.length));
}

/** Kinds whose steps are restricted. */
export const restricted = ({ transitions }: Workflow) => Object.keys(transitions) as ItemKind[];

/** One place up or down; at an end, nothing moves. */
export function shifted<T>(list: T[], place: number, by: number): T[] {
  const [moved] = list.slice(place, place + 1);
  if (moved === undefined || place + by < 0 || place + by >= list.length) return list;
  return list.toSpliced(place, 1).toSpliced(place + by, 0, moved);
}
