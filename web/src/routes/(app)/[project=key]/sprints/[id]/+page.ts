import { read, readUpTo } from '$lib/api/client';
import type { Board, ItemLine, Member, Page, Sprint, SprintLine } from '$lib/api/types';
import { itemsPath } from '$lib/item/list';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

/** So many items of the backlog are offered to a sprint that is being planned. */
const offered = 30;

export const load: PageLoad = async ({ fetch, params: { project, id }, url, depends, parent }) => {
  await parent();
  depends(`live:sprint:${id}`, `live:backlog:${project}`, `live:members:${project}`);
  const q = url.searchParams.get('q');
  const items = (filter: Record<string, string | null>, limit: number) =>
    readUpTo<ItemLine, Page<ItemLine>>(fetch, itemsPath(project, filter), limit, 500);
  const [sprint, sprints, inside, waiting, begun, board, labels, members] = await Promise.all([
    read<Sprint>(fetch, `/sprints/${id}`),
    read<Page<SprintLine>>(fetch, `/projects/${project}/sprints`),
    items({ sprint: id }, 500),
    items({ sprint: 'none', category: 'open', q }, offered),
    items({ sprint: 'none', category: 'doing', q }, offered),
    read<Board>(fetch, `/projects/${project}/board`),
    read<Page<string>>(fetch, `/projects/${project}/labels`),
    read<Page<Member>>(fetch, `/projects/${project}/members`),
  ]);
  stayIn(sprint, project, url);
  return {
    sprint,
    next: sprints.items.filter((other) => other.id !== sprint.id && other.state !== 'closed'),
    items: inside,
    waiting: once([...begun.items, ...waiting.items]),
    more: !!waiting.next,
    statuses: board.columns.map(({ status }) => status),
    labels: labels.items,
    members: members.items,
  };
};

/** What began between the two readings is in both. */
const once = (items: ItemLine[]) => [...new Map(items.map((item) => [item.key, item])).values()];
