import { read } from '$lib/api/client';
import type { Experiment, LogEvent, Page, Waiting } from '$lib/api/types';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
  await parent();
  depends('live:events');
  const [waiting, log, owned, known] = await Promise.all([
    read<{ items: Waiting[] }>(fetch, '/waiting'),
    read<Page<LogEvent>>(fetch, '/events?limit=100'),
    read<Page<Experiment>>(fetch, '/experiments?owner=me&limit=50'),
    read<Page<Experiment>>(fetch, '/experiments?limit=100'),
  ]);
  // Sign-ins and tokens belong to the audit, not to the news.
  const changed = log.items.filter(({ project }) => project !== null);
  const names = new Map(known.items.map(({ id, name }) => [id, name]));
  return { waiting: waiting.items, changed, names, owned: owned.items };
};
