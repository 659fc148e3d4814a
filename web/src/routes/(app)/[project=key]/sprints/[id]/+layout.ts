import { read } from '$lib/api/client';
import type { CheckpointLine, Page } from '$lib/api/types';
import type { LayoutLoad } from './$types';

/** Apart from the page, which reads again with every change of the backlog: the latest checkpoint of the project. */
export const load: LayoutLoad = async ({ fetch, params: { project }, depends, parent }) => {
  await parent();
  depends(`live:checkpoints:${project}`);
  const latest = await read<Page<CheckpointLine>>(fetch, `/projects/${project}/checkpoints?limit=1`);
  return { checkpoint: latest.items[0] };
};
