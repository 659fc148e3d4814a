import { read, readUpTo } from '$lib/api/client';
import type { CheckpointLine, Member, Page, SprintLine } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, url, depends, parent }) => {
  await parent();
  depends(`live:checkpoints:${project}`, `live:members:${project}`);
  const all = <T>(what: string) => read<Page<T>>(fetch, `/projects/${project}/${what}`);
  const show = Number(url.searchParams.get('show')) || 50;
  const [checkpoints, members, sprints] = await Promise.all([
    readUpTo<CheckpointLine, Page<CheckpointLine>>(fetch, `/projects/${project}/checkpoints`, show),
    all<Member>('members'),
    all<SprintLine>('sprints'),
  ]);
  return { checkpoints, members: members.items, sprints: sprints.items };
};
