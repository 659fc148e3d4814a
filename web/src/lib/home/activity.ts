import { query, read } from '$lib/api/client';
import type { Experiment, LogEvent, Page, Promotion } from '$lib/api/types';
import { requestOf } from '$lib/review/standing';

const most = 30;

/** What happened to an experiment, to the reviews that stand and to its latest promotion; newest first. */
export async function activityOf(
  fetcher: typeof fetch,
  experiment: Experiment,
  promotion: Promotion | null,
): Promise<LogEvent[]> {
  const reviews = promotion?.reviews ?? (await requestOf(fetcher, experiment))?.reviews ?? [];
  const subjects = [`experiment:${experiment.id}`, ...reviews.map(({ id }) => `review:${id}`)];
  if (promotion) subjects.push(`promotion:${promotion.id}`);
  const pages = await Promise.all(
    subjects.map((subject) => read<Page<LogEvent>>(fetcher, `/events${query({ subject, limit: most })}`)),
  );
  const events = pages.flatMap(({ items }) => items);
  return events.toSorted((one, other) => other.seq - one.seq).slice(0, most);
}
