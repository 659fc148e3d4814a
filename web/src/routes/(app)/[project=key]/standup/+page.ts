import { read, readUpTo } from '$lib/api/client';
import type { Board, ItemLine, Member, Page, SprintLine } from '$lib/api/types';
import { itemsPath, type ItemFilter } from '$lib/item/list';
import { lastWorkday } from '$lib/standup/days';
import { idleOf } from '$lib/standup/idle';
import type { PageLoad } from './$types';

/** Of each list a stand-up talks through no more than these. */
const most = 200;

export const load: PageLoad = async ({ fetch, params: { project }, depends, parent }) => {
  depends(`live:backlog:${project}`, `live:members:${project}`);
  const items = (filter: ItemFilter) =>
    readUpTo<ItemLine, Page<ItemLine>>(fetch, itemsPath(project, filter), most, most);
  const since = lastWorkday().toISOString();
  const listed = read<Page<SprintLine>>(fetch, `/projects/${project}/sprints`);
  /** What waits in the running sprint. */
  const waiting = listed.then(({ items: sprints }) => {
    const running = sprints.find(({ state }) => state === 'running');
    return running ? items({ category: 'open', blocked: 'false', sprint: String(running.id) }) : null;
  });
  const all = Promise.all([
    read<Board>(fetch, `/projects/${project}/board`),
    listed,
    read<Page<Member>>(fetch, `/projects/${project}/members`),
    items({ category: 'doing' }),
    items({ category: 'open', blocked: 'true' }),
    items({ done_since: since, sort: 'updated' }),
    waiting,
  ]);
  all.catch(() => {});
  await parent();
  const [board, sprints, members, doing, stuck, done, open] = await all;
  const idle = idleOf(members.items, doing.items);
  // Where not all that is begun was read, theirs may be among the rest.
  const rest =
    doing.next && idle.length
      ? await items({ category: 'doing', assignee: idle.map(({ user }) => user.email).join(',') })
      : doing;
  return {
    board,
    sprint: sprints.items.find(({ state }) => state === 'running'),
    doing,
    stuck: stuck.items,
    waiting: open?.items ?? [],
    idle: idleOf(idle, rest.items),
    since,
    finished: done.items,
    finishedMore: !!done.next,
  };
};
