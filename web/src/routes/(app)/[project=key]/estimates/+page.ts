import { readUpTo } from '$lib/api/client';
import type { Page, SittingLine } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, url, depends, parent }) => {
  await parent();
  depends(`live:estimates:${project}`);
  const show = Number(url.searchParams.get('show')) || 50;
  return {
    sittings: await readUpTo<SittingLine, Page<SittingLine>>(fetch, `/projects/${project}/estimates`, show),
  };
};
