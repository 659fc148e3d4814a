import { read } from '$lib/api/client';
import type { Page, SittingLine } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, depends, parent }) => {
  await parent();
  depends(`live:estimates:${project}`);
  return { sittings: (await read<Page<SittingLine>>(fetch, `/projects/${project}/estimates`)).items };
};
