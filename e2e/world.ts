// A project in the middle of its life: a supported bet with runs and files, reviews asked for, a promotion waiting.
import { ClientRun, type Api } from './api.ts';
import { email, type Seat, type Slipway } from './slipway.ts';

export const key = 'CHURN';

export const team: Record<string, Seat> = {
  Dana: { trades: ['data_scientist'] },
  Tom: { trades: ['ml_engineer'], duties: ['technical_lead'] },
  Rita: { role: 'viewer', duties: ['ethics_reviewer'] },
  Pia: { trades: ['product_manager'], duties: ['product_owner'] },
  Sol: { role: 'viewer', duties: ['security'] },
};

export interface Words {
  project: string;
  experiment: string;
  hypothesis: string;
  run: string;
  metric: string;
  param: string;
  value: string;
  file: string;
  document: string;
  team: string;
}

const plain: Words = {
  project: 'Churn early warning',
  experiment: 'Support tickets tell who leaves',
  hypothesis: 'Adding support-ticket features finds customers who leave a month earlier.',
  run: 'gradient-boosting',
  metric: 'auc',
  param: 'max_depth',
  value: '6',
  file: 'report.txt',
  document: 'Measured on the held-out quarter.',
  team: 'Scorers',
};

export interface World {
  experiment: number;
  run: string;
  promotion: string;
  words: Words;
  dana: Api;
}

export async function grow(slipway: Slipway, differently: Partial<Words> = {}): Promise<World> {
  const words = { ...plain, ...differently };
  await slipway.setUp();
  await slipway.project(key, words.project, team);
  await slipway.admin.post(`/api/v1/projects/${key}/teams`, { name: words.team, members: [email('Dana')] });
  const dana = await slipway.api('Dana');
  const { id: experiment } = await dana.post(`/api/v1/projects/${key}/experiments`, {
    name: words.experiment,
    hypothesis: words.hypothesis,
    owner: email('Dana'),
    rule: { metric: words.metric, comparator: '>=', threshold: 0.86, constraints: [], time_box_days: 14 },
  });
  await train(dana, experiment, words, `${words.run} a`, [0.6, 0.71, 0.7]);
  const run = await train(dana, experiment, words, words.run, [0.74, 0.83, 0.871]);
  const artifacts = { evaluation_report: words.document };
  await dana.post(`/api/v1/experiments/${experiment}/reviews`, { artifacts });
  const plan = { environment: 'production', rollback_to: 'churn-scorer 1.4.2' };
  const asked = await dana.post(`/api/v1/experiments/${experiment}/promotion`, { run_id: run, plan });
  return { experiment, run, promotion: asked.id, words, dana };
}

async function train(dana: Api, experiment: number, words: Words, name: string, values: number[]) {
  const run = await ClientRun.start(dana, experiment, name);
  await run.param(words.param, words.value);
  await run.tag('purpose', words.value);
  for (const [step, value] of values.entries()) await run.metric(words.metric, value, step);
  await run.artifact(encodeURIComponent(words.file), words.document);
  await run.finish();
  return run.id;
}

/** Every page a member can open. */
export const pagesOf = ({ experiment, run, promotion }: World): string[] => [
  '/',
  '/projects',
  `/${key}/experiments`,
  `/${key}/experiments/${experiment}`,
  `/${key}/runs/${run}`,
  `/${key}/reviews`,
  `/${key}/reviews/${experiment}`,
  `/${key}/promotions/${promotion}`,
  `/${key}/team`,
  `/${key}/settings`,
  '/settings/profile',
  '/settings/tokens',
];
