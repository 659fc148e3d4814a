import { read } from '$lib/api/client';
import type { Project } from '$lib/api/types';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ fetch, depends, params, parent }) => {
  await parent();
  depends(`live:project:${params.project}`, `live:members:${params.project}`);
  return { project: await read<Project>(fetch, `/projects/${params.project}`) };
};
