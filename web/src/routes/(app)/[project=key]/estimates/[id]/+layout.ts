import { read } from '$lib/api/client';
import type { Member, Page, Team } from '$lib/api/types';
import type { LayoutLoad } from './$types';

// Whoever works here is not read again with every vote.
export const load: LayoutLoad = async ({ fetch, depends, params: { project } }) => {
  depends(`live:members:${project}`, `live:teams:${project}`);
  const all = <T>(path: string) => read<Page<T>>(fetch, `/projects/${project}/${path}`);
  const [members, teams] = await Promise.all([all<Member>('members'), all<Team>('teams')]);
  return { members: members.items, teams: teams.items };
};
