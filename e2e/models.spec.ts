// A name under which a project offers models: people move its aliases, and gates say what is live.
import { expectAccessible } from './axe.ts';
import { ClientRun, type Api } from './api.ts';
import { look, region } from './moves.ts';
import { expect, test, type Slipway } from './slipway.ts';
import { grow, key, modelOf, registry, type World } from './world.ts';

const passes = {
  technical: ['documentation_complete', 'rollback_plan_defined'],
  ethics: ['safety_eval_passed'],
  business: ['cost_projection_acceptable'],
};
const reviewers = { technical: 'Tom', ethics: 'Rita', business: 'Pia' };

/** Reviewed, approved by three and deployed, as their scripts do it. */
async function deploy(slipway: Slipway, { experiment, promotion }: World): Promise<void> {
  const people: Record<string, Api> = {};
  for (const who of ['Tom', 'Rita', 'Pia', 'Sol']) people[who] = await slipway.api(who);
  const { reviews } = await people.Tom.get(`/api/v1/experiments/${experiment}/reviews`);
  for (const { id, kind } of reviews as { id: string; kind: keyof typeof passes }[]) {
    const checklist = Object.fromEntries(
      passes[kind].map((item) => [item, { state: 'pass', evidence: 'Looked at it.' }]),
    );
    const decision = { decision: 'accepted', note: 'As measured.', checklist };
    await people[reviewers[kind]].patch(`/api/v1/reviews/${id}`, decision);
  }
  const seats = { technical_lead: 'Tom', product_owner: 'Pia', security: 'Sol' };
  for (const [duty, who] of Object.entries(seats))
    await people[who].put(`/api/v1/promotions/${promotion}/approval`, { duty, note: 'As reviewed.' });
  await people.Tom.post(`/api/v1/promotions/${promotion}/deployment`, { note: 'In the quiet hour.' });
}

test('versions and aliases arrive on open pages, and a deployment says why it is live', async ({
  slipway,
  as,
}) => {
  test.setTimeout(400_000);
  const world = await grow(slipway);
  const { dana, experiment, model, promotion, words } = world;
  const [list, tom] = [await as('Rita'), await as('Tom')];
  await look(list, `/${key}/models`);
  await look(tom, `/${key}/models/${model}`);
  const versions = tom.getByRole('table', { name: 'Versions' });
  const first = versions.getByRole('row', { name: /Version 1/ });
  await expect(first).toContainText('champion');
  await expect(first.getByRole('link', { name: words.run })).toHaveAttribute(
    'href',
    `/${key}/runs/${world.run}`,
  );
  await expect(tom.getByRole('list', { name: 'Deployed' })).toHaveCount(0);
  await expect(region(tom, 'code that loads the model')).toContainText(`models:/${words.model}@champion`);

  const next = await ClientRun.start(dana, experiment, 'next try');
  await next.finish();
  const source = modelOf(experiment, next.id);
  await dana.post(`${registry}/model-versions/create`, { name: words.model, source, run_id: next.id });
  const moved = { name: words.model, alias: 'champion', version: '2' };
  await dana.post(`${registry}/registered-models/alias`, moved);
  const second = versions.getByRole('row', { name: /Version 2/ });
  await expect(second).toContainText('champion');
  await expect(first).not.toContainText('champion');
  const row = region(list, 'Models').getByRole('row', { name: words.model });
  await expect(row).toContainText('champion: version 2');
  const taken = { name: words.model, alias: 'production', version: '2' };
  const refusal = await dana.refused(dana.post(`${registry}/registered-models/alias`, taken));
  expect(refusal.problem.message).toContain('Ask for a promotion');

  await deploy(slipway, world);
  await expect(row).toContainText('production: version 1');
  await expect(first).toContainText('production');
  await expect(second).not.toContainText('production');
  await expect(region(tom, 'code that loads the model')).toContainText(`models:/${words.model}@production`);
  await expectAccessible(tom);
  await expectAccessible(list);
  await row.getByRole('link', { name: 'production: version 1: why is this live?' }).click();
  await expect(list).toHaveURL(new RegExp(`/promotions/${promotion}$`));
  await tom.getByRole('link', { name: 'Why is this live?', exact: true }).click();
  await expect(tom.getByRole('heading', { name: /^Promotion:/ })).toBeVisible();

  await list.goto('/');
  const changes = list.getByRole('main');
  await expect(changes).toContainText('set the alias champion to version 2 of');
  await expect(changes).toContainText(`registered version 2 of ${words.model}`);
});

test('models are found without a mouse', async ({ slipway, as }) => {
  const { words } = await grow(slipway);
  const page = await as('Dana');
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('d');
  await expect(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
  await page.reload();
  await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
  await page.keyboard.press('/');
  await expect(page.getByLabel('Filter models and prompts')).toBeFocused();
  await page.keyboard.type('no such name');
  await expect(page.getByRole('heading', { name: 'No model and no prompt matches' })).toBeVisible();
  await expect(page).toHaveURL(/q=no/);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('scorer');
  await expect(palette.getByRole('option', { name: `Open model ${words.model}` })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: words.model, level: 1 })).toBeVisible();
});

test("a prompt's versions are read one by one, and the address says which", async ({ slipway, as }) => {
  const { dana, prompt, words } = await grow(slipway);
  const name = `${words.model} prompt`;
  const tags = [
    { key: 'mlflow.prompt.is_prompt', value: 'true' },
    { key: 'mlflow.prompt.text', value: 'Say {{ what }} <b>briefly</b>.' },
  ];
  await dana.post(`${registry}/model-versions/create`, { name, source: 'prompt-template', tags });
  const page = await as('Dana', `/${key}/models/${prompt}`);
  await expect(region(page, 'text of version 2')).toHaveText('Say {{ what }} <b>briefly</b>.');
  await page.getByRole('link', { name: 'Version 1', exact: true }).press('Enter');
  await expect(region(page, 'text of version 1')).toHaveText(words.document);
  await expect(page).toHaveURL(/version=1/);
  await expect(region(page, 'code that loads the prompt')).toContainText(`prompts:/${name}@champion`);
});
