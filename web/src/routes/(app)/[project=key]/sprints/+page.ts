import { read } from '$lib/api/client';
import type { Page, SprintLine } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, depends, parent }) => {
  await parent();
  depends(`live:backlog:${project}`);
  return { sprints: (await read<Page<SprintLine>>(fetch, `/projects/${project}/sprints`)).items };
};
