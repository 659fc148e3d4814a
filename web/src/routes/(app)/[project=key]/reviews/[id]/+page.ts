import { read } from '$lib/api/client';
import type { Experiment, Member } from '$lib/api/types';
import { requestOf } from '$lib/review/standing';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  depends(`live:experiment:${params.id}`);
  const experiment = await read<Experiment>(fetch, `/experiments/${params.id}`);
  stayIn(experiment, params.project, url);
  const [request, members] = await Promise.all([
    requestOf(fetch, experiment),
    read<{ items: Member[] }>(fetch, `/projects/${params.project}/members`),
  ]);
  for (const { id } of request?.reviews ?? []) depends(`live:review:${id}`);
  return { experiment, request, members: members.items };
};
