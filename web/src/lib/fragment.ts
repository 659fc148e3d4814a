import type { Experiment, Run } from './api/types';
import { read } from './api/client';

/** The mlflow client prints links such as #/experiments/3/runs/ab…; answers our own address for them. */
export async function pathOfFragment(fetcher: typeof fetch, fragment: string): Promise<string | null> {
  const match = /^#\/experiments\/(\d+)(?:\/runs\/([0-9a-f]{32}))?/.exec(fragment);
  if (!match) return null;
  const [, experiment, run] = match;
  if (run) {
    const { project } = await read<Run>(fetcher, `/runs/${run}`);
    return `/${project}/runs/${run}`;
  }
  const { project } = await read<Experiment>(fetcher, `/experiments/${experiment}`);
  return `/${project}/experiments/${experiment}`;
}
