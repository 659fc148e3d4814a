import { query, read } from '$lib/api/client';
import type { Measures } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params: { project }, url, depends, parent }) => {
  await parent();
  depends(`live:backlog:${project}`);
  const asked = query({ from: url.searchParams.get('from'), to: url.searchParams.get('to') });
  return { asked, measures: await read<Measures>(fetch, `/projects/${project}/measures${asked}`) };
};
