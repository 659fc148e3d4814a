import { read } from '$lib/api/client';
import type { Experiment, Member, Promotion } from '$lib/api/types';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  depends(`live:promotion:${params.id}`);
  const [promotion, members] = await Promise.all([
    read<Promotion>(fetch, `/promotions/${params.id}`),
    read<{ items: Member[] }>(fetch, `/projects/${params.project}/members`),
  ]);
  const experiment = await read<Experiment>(fetch, `/experiments/${promotion.experiment.id}`);
  stayIn(experiment, params.project, url);
  // A changed run, rule or review changes what is missing.
  depends(`live:experiment:${promotion.experiment.id}`, `live:run:${promotion.run.id}`);
  for (const { id } of promotion.reviews) depends(`live:review:${id}`);
  return { promotion, experiment, members: members.items };
};
