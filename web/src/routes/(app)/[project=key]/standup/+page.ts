import { read, readUpTo } from '$lib/api/client';
import type { Board, ItemLine, Member, Page, SprintLine } from '$lib/api/types';
import { itemsPath, type ItemFilter } from '$lib/item/list';
import { lastWorkday } from '$lib/standup/days';
import type { PageLoad } from './$types';

/** Of each list a stand-up talks through no more than these. */
const most = 200;

export const load: PageLoad = async ({ fetch, params: { project }, depends, parent }) => {
  depends(`live:backlog:${project}`, `live:members:${project}`);
  const items = (filter: ItemFilter) =>
    readUpTo<ItemLine, Page<ItemLine>>(fetch, itemsPath(project, filter), most, most);
  const all = Promise.all([
    read<Board>(fetch, `/projects/${project}/board`),
    read<Page<SprintLine>>(fetch, `/projects/${project}/sprints`),
    read<Page<Member>>(fetch, `/projects/${project}/members`),
    items({ category: 'doing' }),
    items({ category: 'open', blocked: 'true' }),
    items({ category: 'done', sort: 'updated' }),
  ]);
  all.catch(() => {});
  await parent();
  const [board, sprints, members, doing, stuck, done] = await all;
  const since = lastWorkday();
  return {
    board,
    sprint: sprints.items.find(({ state }) => state === 'running'),
    members: members.items,
    doing,
    stuck: stuck.items,
    since: since.toISOString(),
    finished: done.items.filter(({ done_at }) => done_at && new Date(done_at) >= since),
  };
};
