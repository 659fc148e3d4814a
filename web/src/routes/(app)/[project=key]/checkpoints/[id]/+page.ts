import { read } from '$lib/api/client';
import type { Checkpoint, Member, Page } from '$lib/api/types';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project, id }, url, depends, parent }) => {
  await parent();
  depends(`live:checkpoint:${id}`, `live:members:${project}`);
  const [checkpoint, members] = await Promise.all([
    read<Checkpoint>(fetch, `/checkpoints/${id}`),
    read<Page<Member>>(fetch, `/projects/${project}/members`),
  ]);
  stayIn(checkpoint, project, url);
  return { checkpoint, members: members.items };
};
