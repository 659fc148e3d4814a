// A project in the middle of its life: a supported bet with runs and files, reviews asked for, a promotion waiting, and
// a backlog.
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
  model: string;
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
  model: 'churn-scorer',
};

export interface World {
  experiment: number;
  run: string;
  promotion: string;
  model: number;
  prompt: number;
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
  await register(
    dana,
    { name: words.model, source: modelOf(experiment, run), run_id: run },
    words.hypothesis,
  );
  await fill(dana, words);
  await startSprint(dana, words);
  await estimate(dana, slipway.admin);
  await dana.post(`/api/v1/projects/${key}/checkpoints`, { title: words.team });
  const prompt = `${words.model.slice(0, 150)} prompt`;
  const tags = [
    { key: 'mlflow.prompt.is_prompt', value: 'true' },
    { key: 'mlflow.prompt.text', value: words.document },
  ];
  await register(dana, { name: prompt, source: 'prompt-template', tags }, words.hypothesis);
  const list = (query: string) => dana.get(`/api/v1/projects/${key}/models${query}`);
  const [models, prompts] = [await list(''), await list('?prompts=true')];
  const [model, text] = [models.items[0].id, prompts.items[0].id];
  return { experiment, run, promotion: asked.id, model, prompt: text, words, dana };
}

/** A story that was split, of which a part is under way and blocked, with something of all that a page shows. */
async function fill(dana: Api, words: Words): Promise<void> {
  const story = { who: words.team, want: words.run, benefit: words.run };
  const title = `Score with ${words.run}`;
  const wanted = {
    kind: 'story',
    title,
    story,
    acceptance: [words.document],
    labels: ['scores'],
    estimate: 8,
  };
  await dana.post(`/api/v1/projects/${key}/items`, { ...wanted, description: words.hypothesis });
  await dana.post(`/api/v1/items/${key}-1/split`, {});
  const { version } = await dana.get(`/api/v1/items/${key}-2`);
  const change = { blocked: words.document, assignee: 'me', status: 'In progress', priority: 'high' };
  await dana.patch(`/api/v1/items/${key}-2`, change, version);
  await dana.post(`/api/v1/items/${key}-1/checklist`, { text: words.document });
  await dana.post(`/api/v1/items/${key}-1/comments`, { body: words.hypothesis });
}

/** A sprint that runs with something done, and a limit that somebody reached. */
async function startSprint(dana: Api, words: Words): Promise<void> {
  const project = `/api/v1/projects/${key}`;
  const { id: sprint } = await dana.post(`${project}/sprints`, { goal: words.hypothesis });
  const planned = { title: `Join for ${words.run}`, estimate: 3, assignee: 'me', sprint };
  const { key: done } = await dana.post(`${project}/items`, planned);
  await dana.post(`/api/v1/sprints/${sprint}/start`, {});
  await dana.post(`${project}/items`, { ...planned, title: `Late for ${words.run}`, estimate: 2 });
  await dana.post(`/api/v1/items/${done}/move`, { status: 'Done' });
}

/** Dana moderates; the votes of the open round are revealed. */
async function estimate(dana: Api, sam: Api): Promise<void> {
  const sittings = `/api/v1/projects/${key}/estimates`;
  const { id } = await dana.post(sittings, { name: 'Planning' });
  const { round } = await dana.post(`/api/v1/estimates/${id}/rounds`, { item: `${key}-3` });
  const path = `/api/v1/estimates/${id}/rounds/${round}`;
  await sam.put(`${path}/vote`, { card: '8' });
  await dana.post(`${path}/reveal`, {});
}

export const registry = `/p/${key}/api/2.0/mlflow`;

interface NewVersion {
  name: string;
  source: string;
  run_id?: string;
  tags?: { key: string; value: string }[];
}

/** A name with its first version, as the client registers it. */
async function register(dana: Api, version: NewVersion, description: string) {
  const { name, tags = [] } = version;
  await dana.post(`${registry}/registered-models/create`, { name, tags: tags.slice(0, 1), description });
  await dana.post(`${registry}/model-versions/create`, { ...version, description });
  await dana.post(`${registry}/registered-models/alias`, { name, alias: 'champion', version: '1' });
}

/** Where `train` puts the run's model. */
export const modelOf = (experiment: number, run: string) =>
  `mlflow-artifacts:/${experiment}/${run}/artifacts/model`;

async function train(dana: Api, experiment: number, words: Words, name: string, values: number[]) {
  const run = await ClientRun.start(dana, experiment, name);
  await run.param(words.param, words.value);
  await run.tag('purpose', words.value);
  for (const [step, value] of values.entries()) await run.metric(words.metric, value, step);
  await run.artifact(encodeURIComponent(words.file), words.document);
  await run.artifact('model/MLmodel', `flavors: {} # ${name}`);
  await run.finish();
  return run.id;
}

/** Every page a member can open. */
export const pagesOf = ({ experiment, run, promotion, model, prompt }: World): string[] => [
  '/',
  '/projects',
  `/${key}/experiments`,
  `/${key}/experiments/${experiment}`,
  `/${key}/runs/${run}`,
  `/${key}/backlog`,
  `/${key}/board`,
  `/${key}/sprints`,
  `/${key}/sprints/1`,
  `/${key}/standup`,
  `/${key}/measures`,
  `/${key}/estimates`,
  `/${key}/estimates/1`,
  `/${key}/checkpoints`,
  `/${key}/checkpoints/1`,
  `/${key}/items/${key}-1`,
  `/${key}/items/${key}-2`,
  `/${key}/reviews`,
  `/${key}/reviews/${experiment}`,
  `/${key}/promotions/${promotion}`,
  `/${key}/models`,
  `/${key}/models/${model}`,
  `/${key}/models/${prompt}`,
  `/${key}/team`,
  `/${key}/settings`,
  `/${key}/settings/work`,
  '/settings/profile',
  '/settings/tokens',
];
