import { read } from '$lib/api/client';
import type { RegisteredModelDetail } from '$lib/api/types';
import { stayIn } from '$lib/ui/address';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  await parent();
  // A deployment moves aliases, too, and makes an event.
  depends(`live:registered_model:${params.id}`, 'live:events');
  const show = Number(url.searchParams.get('show')) || 100;
  const path = `/models/${params.id}?limit=100`;
  const model = await read<RegisteredModelDetail>(fetch, path);
  stayIn(model, params.project, url);
  const { versions } = model;
  while (versions.next && versions.items.length < show) {
    const cursor = encodeURIComponent(versions.next);
    const more = await read<RegisteredModelDetail>(fetch, `${path}&cursor=${cursor}`);
    versions.items.push(...more.versions.items);
    versions.next = more.versions.next;
  }
  return { model };
};
