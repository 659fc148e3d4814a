// A board can show other projects beside its own. Their items stand in its columns, and stay what they are: each project
// keeps its statuses, its limits and its order.
import type { Column, ItemLine } from '$lib/api/types';
import type { Filled } from './board';
import type { Source } from './load';

/** Most projects that one board shows beside its own. */
export const mostAlso = 9;

/** The other projects that an address asks for, among those that someone can see. */
export function alsoIn(params: URLSearchParams, own: string, seen: string[]): string[] {
  const asked = new Set(params.getAll('also'));
  return seen.filter((key) => key !== own && asked.has(key)).slice(0, mostAlso);
}

const folded = (name: string) => name.trim().toLowerCase();

/**
 * The column in which a status of another project stands: the one of its name, else the first that means the same, and
 * what is begun stands before what is done where nothing else does.
 */
function standsIn(columns: Filled[], { status }: Column): Filled | undefined {
  const named = columns.find((each) => folded(each.status.name) === folded(status.name));
  const like = columns.find((each) => each.status.category === status.category);
  return named ?? like ?? columns.findLast((each) => each.status.category !== 'done');
}

/** The own columns with what stands in them of the others. */
export function together(own: Source, others: Source[]): Filled[] {
  const columns = own.columns.map((column) => ({
    ...column,
    items: [...column.items],
    also: [...column.also],
  }));
  for (const other of others) {
    for (const column of other.columns) {
      const into = standsIn(columns, column);
      if (!into) continue;
      into.also.push({ project: other.project, column });
      into.items.push(...column.items);
      into.more ||= column.more;
    }
  }
  for (const { status, also, items } of columns)
    if (status.category === 'done' && also.length) items.sort(latestFirst);
  return columns;
}

const latestFirst = (a: ItemLine, b: ItemLine) => (b.done_at ?? '').localeCompare(a.done_at ?? '');

/** The status that an item comes into when it is laid into a column, if its project has one there. */
export function statusIn(column: Filled, own: string, item: ItemLine): Column['status'] | undefined {
  if (item.project === own) return column.status;
  const its = column.also
    .filter(({ project }) => project === item.project)
    .map(({ column }) => column.status);
  return its.find(({ name }) => folded(name) === folded(column.status.name)) ?? its[0];
}
