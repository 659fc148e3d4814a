import type { Experiment } from '$lib/api/types';

export const experimentColumns = ['name', 'status', 'verdict', 'owner', 'runs', 'decide_by'] as const;
export type ExperimentColumn = (typeof experimentColumns)[number];

const keys: Record<ExperimentColumn, (experiment: Experiment) => string | number> = {
  name: ({ name }) => name.toLowerCase(),
  status: ({ status }) => ['proposed', 'running', 'in_review', 'approved', 'in_production'].indexOf(status),
  verdict: ({ verdict }) => verdict?.state ?? '',
  owner: ({ owner }) => owner.name.toLowerCase(),
  runs: ({ runs }) => runs.total,
  decide_by: ({ timeline }) => timeline.decide_by ?? '9999',
};

/** Sorts what is shown by `column:asc` or `column:desc`; without it the server's order stays. */
export function sorted(experiments: Experiment[], sort: string | null): Experiment[] {
  const [column, direction] = (sort ?? '').split(':');
  const key = keys[column as ExperimentColumn];
  if (!key) return experiments;
  const sign = direction === 'desc' ? -1 : 1;
  return experiments.toSorted((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : 0));
}
