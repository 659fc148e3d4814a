import { read } from '$lib/api/client';
import type { Project } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
  await parent();
  depends('live:projects');
  return { projects: (await read<{ items: Project[] }>(fetch, '/projects')).items };
};
