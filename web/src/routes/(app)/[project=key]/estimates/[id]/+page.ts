import { query, read } from '$lib/api/client';
import type { Item, ItemLine, Member, Page, Sitting, Team } from '$lib/api/types';
import { openRound } from '$lib/estimate/words';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  depends(`live:sitting:${params.id}`, `live:members:${params.project}`);
  const project = `/projects/${params.project}`;
  const all = <T>(path: string) => read<Page<T>>(fetch, path);
  const sitting = await read<Sitting>(fetch, `/estimates/${params.id}`);
  stayIn(sitting, params.project, url);
  const open = openRound(sitting);
  const chooses = !open && sitting.can.open === true;
  if (chooses) depends(`live:backlog:${params.project}`);
  const listing = query({ category: 'open,doing', limit: 200 });
  const [item, items, members, teams] = await Promise.all([
    open?.item.item ? read<Item>(fetch, `/items/${open.item.item.key}`) : null,
    chooses ? all<ItemLine>(`${project}/items${listing}`) : { items: [] },
    all<Member>(`${project}/members`),
    all<Team>(`${project}/teams`),
  ]);
  return {
    sitting,
    item,
    unsized: items.items.filter(({ estimate }) => estimate === null).slice(0, 30),
    members: members.items,
    teams: teams.items,
  };
};
