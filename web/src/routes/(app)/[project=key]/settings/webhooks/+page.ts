import { read } from '$lib/api/client';
import type { Webhooks } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, depends, parent }) => {
  await parent();
  depends('live:events');
  return { webhooks: await read<Webhooks>(fetch, `/projects/${params.project}/webhooks`) };
};
