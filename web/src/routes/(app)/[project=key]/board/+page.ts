import { read, readUpTo } from '$lib/api/client';
import type { Board, BoardLimit, Column, ItemLine, Member, Page, SprintLine } from '$lib/api/types';
import type { Filled } from '$lib/board/board';
import { filterOf, filters, itemsPath } from '$lib/item/list';
import type { PageLoad } from './$types';

/** What is done is read for a while only, so its column shows the latest. */
const latest = 50;
/** As many as one answer holds. */
const page = 500;

export const load: PageLoad = async ({ fetch, params: { project }, url, depends, parent }) => {
  depends(`live:backlog:${project}`, `live:members:${project}`);
  const filter = filterOf(
    url.searchParams,
    filters.filter((name) => name !== 'status'),
  );

  const items = (columns: Column[], sort: string | null, limit: number) => {
    const status = columns.map((column) => column.status.id).join(',');
    const path = itemsPath(project, { ...filter, status, sort });
    return readUpTo<ItemLine, Page<ItemLine>>(fetch, path, limit, page);
  };

  async function fill(board: Board): Promise<Filled[]> {
    const columns = board.columns.filter(({ status }) => status.category !== 'cancelled');
    const done = columns.filter(({ status }) => status.category === 'done');
    const open = columns.filter(({ status }) => status.category !== 'done');
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
      return { ...column, items: found, more: open.includes(column) && found.length >= most };
    });
  }

  // Nothing waits for what it does not need: over a slow line every answer is waited for.
  const board = read<Board>(fetch, `/projects/${project}/board`);
  const all = Promise.all([
    board,
    board.then(fill),
    read<Page<string>>(fetch, `/projects/${project}/labels`),
    read<Page<Member>>(fetch, `/projects/${project}/members`),
    read<Page<SprintLine>>(fetch, `/projects/${project}/sprints`),
    read<Page<BoardLimit>>(fetch, `/projects/${project}/limits`),
  ]);
  all.catch(() => {});
  await parent();
  const [shown, columns, labels, members, sprints, limits] = await all;
  return {
    board: shown,
    columns,
    labels: labels.items,
    members: members.items,
    sprints: sprints.items,
    limits: limits.items,
  };
};

/** Of one column no more than these are read. */
const most = 2000;

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
