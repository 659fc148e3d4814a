import { query } from '$lib/api/client';

/** What narrows the backlog and the board; all of it stands in the address. */
export const filters = ['q', 'kind', 'status', 'assignee', 'trade', 'label', 'sprint', 'blocked'] as const;

export type ItemFilter = Partial<
  Record<(typeof filters)[number] | 'sort' | 'deleted' | 'category' | 'done_since', string | null>
>;

/** The filter that stands in an address, with the rest of `names`. */
export function filterOf(params: URLSearchParams, names: readonly string[] = filters): ItemFilter {
  return Object.fromEntries(names.map((name) => [name, params.get(name)]));
}

/** What the backlog and the board hand each other: the filter of the one that is in sight. */
export function narrowing(url: URL): string {
  const [, , section] = url.pathname.split('/');
  return section === 'backlog' || section === 'board' ? query(filterOf(url.searchParams)) : '';
}

export const itemsPath = (project: string, filter: ItemFilter) =>
  `/projects/${project}/items${query(filter)}`;

/** The same items as a file. */
export const csvPath = (project: string, filter: ItemFilter) =>
  `/api/v1/projects/${project}/items.csv${query(filter)}`;

export const isFiltered = (filter: ItemFilter) => filters.some((name) => filter[name]) || !!filter.deleted;
