import { invalidateAll } from '$app/navigation';
import { Problem, send } from '$lib/api/client';
import type { Experiment, RuleInput } from '$lib/api/types';

export type ExperimentChange = {
  name?: string;
  hypothesis?: string;
  owner?: string;
  rule?: RuleInput | null;
};

/** Saving an edit that began at a version. If someone was faster, `current` holds what they made of it. */
export class Saving {
  current = $state<Experiment | null>(null);

  async save(id: number, version: number, change: ExperimentChange): Promise<void> {
    try {
      await send('PATCH', `/experiments/${id}`, change, { version: this.current?.version ?? version });
    } catch (problem) {
      const isStale = problem instanceof Problem && problem.status === 412;
      if (isStale && problem.body.current) this.current = problem.body.current as Experiment;
      throw problem;
    }
    this.current = null;
    await invalidateAll();
  }
}
