import { read } from '$lib/api/client';
import type { CheckpointLine, Member, Page, SprintLine } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, depends, parent }) => {
  await parent();
  depends(`live:checkpoints:${project}`, `live:members:${project}`);
  const all = <T>(what: string) => read<Page<T>>(fetch, `/projects/${project}/${what}`);
  const [checkpoints, members, sprints] = await Promise.all([
    all<CheckpointLine>('checkpoints'),
    all<Member>('members'),
    all<SprintLine>('sprints'),
  ]);
  return { checkpoints: checkpoints.items, members: members.items, sprints: sprints.items };
};
