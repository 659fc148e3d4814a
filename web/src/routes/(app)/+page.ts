import { query, read } from '$lib/api/client';
import type { Experiment, LogEvent, Page, Project, RegisteredModel, Waiting } from '$lib/api/types';
import { eventModel } from '$lib/home/events';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, depends, parent }) => {
  await parent();
  depends('live:events');
  const [waiting, log, owned, known, projects] = await Promise.all([
    read<{ items: Waiting[] }>(fetch, '/waiting'),
    read<Page<LogEvent>>(fetch, '/events?limit=100'),
    read<Page<Experiment>>(fetch, '/experiments?owner=me&limit=50'),
    read<Page<Experiment>>(fetch, '/experiments?limit=100'),
    read<{ items: Project[] }>(fetch, '/projects'),
  ]);
  const project = projects.items.find(({ can }) => can.plan === true) ?? projects.items[0] ?? null;
  // Sign-ins and tokens belong to the audit, not to the news.
  const changed = log.items.filter(({ project }) => project !== null);
  const experiments = known.items.map(({ id, name }): [string, string] => [`experiment:${id}`, name]);
  const names = new Map([...experiments, ...(await modelNames(fetch, changed))]);
  return { waiting: waiting.items, changed, names, owned: owned.items, project };
};

/** Those of registered models and prompts in whose projects something happened to one. */
async function modelNames(fetcher: typeof fetch, events: LogEvent[]): Promise<[string, string][]> {
  const keys = new Set(events.filter((event) => eventModel(event) === '').map(({ project }) => project));
  const pages = [...keys].flatMap((key) =>
    [false, true].map((prompts) =>
      read<Page<RegisteredModel>>(fetcher, `/projects/${key}/models${query({ prompts, limit: 100 })}`),
    ),
  );
  const found = (await Promise.all(pages)).flatMap(({ items }) => items);
  return found.map(({ id, name }) => [`registered_model:${id}`, name]);
}
