import { read } from '$lib/api/client';
import type { Token } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
  await parent();
  depends('live:tokens');
  return { tokens: (await read<{ items: Token[] }>(fetch, '/tokens')).items };
};
