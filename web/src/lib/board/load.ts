// What a board reads of one project.
import { error } from '@sveltejs/kit';
import { read, readUpTo } from '$lib/api/client';
import type { Board, Column, ItemLine, Member, Page, SprintLine } from '$lib/api/types';
import { isFiltered, itemsPath, type ItemFilter } from '$lib/item/list';
import type { Filled } from './board';

type Fetch = typeof fetch;

/** What can be said of the items of a project, and of how they stand on its board. */
export type Source = {
  project: string;
  board: Board;
  columns: Filled[];
  members: Member[];
  labels: string[];
  sprints: SprintLine[];
};

/** What is done is read for a while only, so its column shows the latest. */
const latest = 50;
/** As many as one answer holds. */
const page = 500;
/** Of one column no more than these are read. */
const most = 2000;

/** Nothing waits for what it does not need: over a slow line every answer is waited for. */
export async function readSource(fetch: Fetch, project: string, filter: ItemFilter): Promise<Source> {
  const path = `/projects/${project}`;
  const board = read<Board>(fetch, `${path}/board`);
  const [shown, columns, labels, members, sprints] = await Promise.all([
    board,
    board.then((board) => fill(fetch, project, filter, board)),
    read<Page<string>>(fetch, `${path}/labels`),
    read<Page<Member>>(fetch, `${path}/members`),
    read<Page<SprintLine>>(fetch, `${path}/sprints`),
  ]);
  return {
    project,
    board: shown,
    columns,
    labels: labels.items,
    members: members.items,
    sprints: sprints.items,
  };
}

/** The project whose board it is. No column has the statuses that an address asks for: it is told so. */
export async function readOwn(fetch: Fetch, project: string, filter: ItemFilter): Promise<Source> {
  const source = await readSource(fetch, project, filter);
  const asks = asked(filter.status);
  if (source.columns.length && !source.columns.some(({ status }) => asks(status)))
    error(400, { message: 'No column has this status.', fields: ['status'] });
  return source;
}

async function fill(fetch: Fetch, project: string, filter: ItemFilter, board: Board): Promise<Filled[]> {
  const asks = asked(filter.status);
  const items = (columns: Column[], sort: string | null, limit: number) => {
    const status = columns.map((column) => column.status.id).join(',');
    return readUpTo<ItemLine, Page<ItemLine>>(
      fetch,
      itemsPath(project, { ...filter, status, sort }),
      limit,
      page,
    );
  };
  const columns = board.columns.filter(({ status }) => status.category !== 'cancelled');
  const wanted = columns.filter(({ status }) => asks(status));
  const done = wanted.filter(({ status, count }) => count && status.category === 'done');
  const open = wanted.filter(({ status }) => status.category !== 'done');
  const pages = await Promise.all([
    ...together(open).map((some) => items(some, null, most)),
    ...done.map((column) => items([column], 'updated', latest)),
  ]);
  const all = Map.groupBy(
    pages.flatMap((each) => each.items),
    ({ status }) => status.id,
  );
  return columns.map((column) => {
    const found = all.get(column.status.id) ?? [];
    // What a filter leaves over is what the head counts; how full the column is, it does not change.
    const count = isFiltered(filter) ? found.length : column.count;
    return { ...column, count, items: found, more: open.includes(column) && found.length >= most, also: [] };
  });
}

/** Whether a filter by statuses, which says their names or ids, lets one through. */
function asked(filter: string | null | undefined): (status: Column['status']) => boolean {
  const words = (filter ?? '')
    .toLowerCase()
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
  return ({ id, name }) => !words.length || words.includes(String(id)) || words.includes(name.toLowerCase());
}

/** Columns whose items fit into one answer are asked for together; a filter makes them only fewer. */
function together(columns: Column[]): Column[][] {
  const groups: Column[][] = [];
  let room = 0;
  for (const column of columns) {
    if (!column.count) continue;
    if (column.count > room) {
      groups.push([]);
      room = page;
    }
    groups.at(-1)!.push(column);
    room -= column.count;
  }
  return groups;
}
