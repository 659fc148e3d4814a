import { read } from '$lib/api/client';
import type { Checkpoint } from '$lib/api/types';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project, id }, depends, parent }) => {
  await parent();
  depends(`live:checkpoint:${id}`);
  const checkpoint = await read<Checkpoint>(fetch, `/checkpoints/${id}`);
  stayIn(checkpoint, project, `checkpoints/${id}`);
  return { checkpoint };
};
