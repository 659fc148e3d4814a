import { read } from '$lib/api/client';
import type { Checkpoint } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { id }, depends, parent }) => {
  await parent();
  depends(`live:checkpoint:${id}`);
  return { checkpoint: await read<Checkpoint>(fetch, `/checkpoints/${id}`) };
};
