import { read } from '$lib/api/client';
import type { Member, Team } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, depends, parent }) => {
  await parent();
  depends(`live:members:${project}`, `live:teams:${project}`, `live:project:${project}`);
  const base = `/projects/${project}`;
  const [members, teams] = await Promise.all([
    read<{ items: Member[] }>(fetch, `${base}/members`),
    read<{ items: Team[] }>(fetch, `${base}/teams`),
  ]);
  return { members: members.items, teams: teams.items };
};
