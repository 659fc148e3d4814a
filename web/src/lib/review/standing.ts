import { read, readUpTo } from '$lib/api/client';
import type { Experiment, Page, Promotion, ReviewRequest } from '$lib/api/types';

// An experiment nobody has handed in has neither reviews nor a promotion. Asking for them one by one would be answered
// by "not found", which is noise in every console, so they are looked up in the project's lists.

const most = 200;
const isBefore = ({ status }: Experiment) => status === 'proposed' || status === 'running';

/** The review request that stands for this experiment. */
export async function requestOf(
  fetcher: typeof fetch,
  experiment: Experiment,
): Promise<ReviewRequest | null> {
  if (isBefore(experiment)) return null;
  const path = `/projects/${experiment.project}/reviews`;
  const { items } = await readUpTo<ReviewRequest, Page<ReviewRequest>>(fetcher, path, most);
  return items.find(({ experiment_id }) => experiment_id === experiment.id) ?? null;
}

/** The latest promotion of this experiment. */
export async function promotionOf(fetcher: typeof fetch, experiment: Experiment): Promise<Promotion | null> {
  if (isBefore(experiment)) return null;
  if (experiment.status !== 'in_review')
    return read<Promotion>(fetcher, `/experiments/${experiment.id}/promotion`);
  const path = `/projects/${experiment.project}/promotions`;
  const { items } = await readUpTo<Promotion, Page<Promotion>>(fetcher, path, most);
  return items.find((each) => each.experiment.id === experiment.id) ?? null;
}
