import { read, readUpTo } from '$lib/api/client';
import type { Delivery, Page, Webhook, Webhooks } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  depends(`live:webhook:${params.id}`);
  const show = Number(url.searchParams.get('show')) || 50;
  const path = `/webhooks/${params.id}`;
  const [webhook, deliveries, { events }] = await Promise.all([
    read<Webhook>(fetch, path),
    readUpTo<Delivery, Page<Delivery>>(fetch, `${path}/deliveries`, show),
    read<Webhooks>(fetch, `/projects/${params.project}/webhooks`),
  ]);
  return { webhook, deliveries, words: events };
};
