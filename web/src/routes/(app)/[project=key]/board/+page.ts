import { read, readUpTo } from '$lib/api/client';
import type { Board, Column, ItemLine, Member, Page, SprintLine, BoardLimit } from '$lib/api/types';
import type { Lane } from '$lib/board/board';
import { filterOf, filters, itemsPath } from '$lib/item/list';
import type { PageLoad } from './$types';

/** What is done is read for a while only, so its column shows the latest. */
const latest = 50;

export const load: PageLoad = async ({ fetch, params: { project }, url, depends, parent }) => {
  await parent();
  depends(`live:backlog:${project}`, `live:members:${project}`);
  const filter = filterOf(
    url.searchParams,
    filters.filter((name) => name !== 'status'),
  );
  const show = Number(url.searchParams.get('show')) || 200;

  async function laneOf(column: Column): Promise<Lane> {
    const done = column.status.category === 'done';
    const narrowed = { ...filter, status: String(column.status.id), sort: done ? 'updated' : null };
    const limit = done ? latest : show;
    const page = await readUpTo<ItemLine, Page<ItemLine>>(fetch, itemsPath(project, narrowed), limit, 500);
    return { ...column, items: page.items, more: !!page.next && !done };
  }

  const [board, labels, members, sprints, limits] = await Promise.all([
    read<Board>(fetch, `/projects/${project}/board`),
    read<Page<string>>(fetch, `/projects/${project}/labels`),
    read<Page<Member>>(fetch, `/projects/${project}/members`),
    read<Page<SprintLine>>(fetch, `/projects/${project}/sprints`),
    read<Page<BoardLimit>>(fetch, `/projects/${project}/limits`),
  ]);
  const columns = board.columns.filter(({ status }) => status.category !== 'cancelled');
  return {
    board,
    lanes: await Promise.all(columns.map(laneOf)),
    labels: labels.items,
    members: members.items,
    sprints: sprints.items,
    limits: limits.items,
  };
};
