// Research that adapts: questions in a sprint, a board whose limits hold, and a daily round that shows both.
import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { ClientRun } from './api.ts';
import { expectRefused, look, region } from './moves.ts';
import { email, expect, test, type Seat, type Slipway } from './slipway.ts';

const key = 'FRAUD';
const project = `/api/v1/projects/${key}`;
const people: Record<string, Seat> = {
  Dana: { trades: ['data_scientist'] },
  Mei: { trades: ['ml_engineer'] },
  Lev: { trades: ['data_scientist'] },
  Omar: { role: 'viewer' },
};
const card = (page: Page, number: number) => page.locator(`[data-item="${key}-${number}"]`);
const title = (page: Page, number: number) =>
  page.getByRole('link', { name: `Train ${number}`, exact: true });

/** 24 queued items, three GPUs, room for three in training and for two that are evaluated. */
async function training(slipway: Slipway): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Fraud watch', people);
  const lines = Array.from({ length: 24 }, (_, nth) => `Train ${nth + 1}`).join('\n');
  await slipway.admin.post(`${project}/items/batch`, { lines, status: 'Ready' });
  const { statuses } = await slipway.admin.get(`${project}/workflow`);
  const names: Record<string, string> = { 'In progress': 'Training', 'In review': 'Evaluating' };
  await slipway.admin.put(`${project}/workflow`, {
    statuses: statuses.map((status: { name: string }) => ({
      ...status,
      name: names[status.name] ?? status.name,
    })),
  });
  const idOf = (old: string) => statuses.find(({ name }: { name: string }) => name === old).id;
  await slipway.admin.put(`${project}/board/${idOf('In progress')}`, { limit: 3 });
  await slipway.admin.put(`${project}/board/${idOf('In review')}`, { limit: 2 });
  await slipway.admin.put(`${project}/limits`, {
    limits: [{ name: 'GPUs', per: 'pool', most: 3, statuses: [idOf('In progress')] }],
  });
}

async function bring(slipway: Slipway, numbers: number[], status: string): Promise<void> {
  for (const number of numbers) await slipway.admin.post(`/api/v1/items/${key}-${number}/move`, { status });
}

test('a full column sends a card back, helps, and is overruled with a reason', async ({
  slipway,
  as,
  watch,
}) => {
  await training(slipway);
  await bring(slipway, [1, 2, 3], 'Training');
  const dana = await as('Dana');
  await look(dana, `/${key}/board`);
  await expect(region(dana, 'Training')).toContainText('3/3');
  await expect(dana.getByRole('group', { name: 'Limits across columns' })).toContainText('GPUs 3/3');

  watch.expectRefusal(409);
  await title(dana, 5).dragTo(region(dana, 'Training'));
  const why =
    `Training of ${key} is full: 3 of 3 (${key}-1, ${key}-2, ${key}-3). Help to finish one of them. ` +
    `${key}-5 is number 2 in the queue.`;
  await expect(dana.getByText(why).first()).toBeVisible();
  await expect(region(dana, 'Ready').getByRole('link', { name: 'Train 5', exact: true })).toBeVisible();
  for (const number of [1, 2, 3]) await expect(card(dana, number)).toHaveClass(/marked/);
  await expectAccessible(dana);

  // What is blocked keeps its place, and shows how old it is.
  await title(dana, 2).focus();
  await dana.keyboard.press('.');
  await dana.getByRole('button', { name: 'Block', exact: true }).click();
  const form = dana.getByRole('dialog', { name: `Why it is blocked of ${key}-2` });
  await form.getByLabel('Why it is blocked').fill('The driver is gone');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(card(dana, 2)).toContainText('Blocked: The driver is gone');
  await expect(card(dana, 2)).toContainText('1 day');
  await expect(region(dana, 'Training')).toContainText('3/3');

  // Sam may overrule.
  const sam = await as('Sam', `/${key}/board`);
  watch.expectRefusal(409);
  await title(sam, 4).focus();
  await sam.keyboard.press('Shift+ArrowRight');
  const question = sam.getByRole('dialog', { name: 'Overrule the limit?' });
  await question.getByLabel('Reason').fill('The regulator asks today');
  await question.getByRole('button', { name: `Bring ${key}-4 in` }).click();
  await expect(region(sam, 'Training')).toContainText('4/3');
  await expect(region(dana, 'Training')).toContainText('Over its limit');

  // A lower limit expels nobody.
  await sam.getByRole('button', { name: 'Limit and policy of Training' }).click();
  const column = sam.getByRole('dialog', { name: 'Column Training' });
  await column.getByLabel('Limit').fill('2');
  await column.getByRole('button', { name: 'Save' }).click();
  await expect(region(dana, 'Training')).toContainText('4/2');
  await expect(region(dana, 'Training').getByRole('listitem')).toHaveCount(4);
});

test('a place that becomes free is offered to the next, and the daily round shows it', async ({
  slipway,
  as,
}) => {
  await training(slipway);
  const { version } = await slipway.admin.get(`/api/v1/items/${key}-4`);
  await slipway.admin.patch(`/api/v1/items/${key}-4`, { assignee: email('Lev') }, version);
  await bring(slipway, [1, 2, 3], 'Training');
  const lev = await as('Lev');
  await look(lev, `/${key}/board`);
  await expect(region(lev, 'Training')).toContainText('3/3');
  await expect(region(lev, 'Training').getByText('Free for')).toHaveCount(0);
  await bring(slipway, [2], 'Evaluating');
  await expect(region(lev, 'Training')).toContainText(`Free for ${key}-4 Train 4`);
  await expect(lev.getByRole('group', { name: 'Limits across columns' })).toContainText('GPUs 2/3');
  await bring(slipway, [2], 'Done');

  const { id } = await slipway.admin.post(`${project}/sprints`, {
    mode: 'experiment',
    name: 'Devices',
    goal: 'Do devices tell?',
  });
  const spike = { question: 'Is the device known at sign-up?', days: 3 };
  await slipway.admin.post(`${project}/items`, { kind: 'spike', title: 'Sign-up', spike, sprint: id });
  await slipway.admin.post(`/api/v1/sprints/${id}/start`, {});

  const omar = await as('Omar');
  await look(omar, `/${key}/board`);
  await omar.keyboard.press('g');
  await omar.keyboard.press('u');
  await expect(omar.getByRole('heading', { level: 1, name: 'Stand-up' })).toBeVisible();
  await expect(region(omar, 'Training').getByRole('link')).toHaveCount(2);
  await omar.keyboard.press('j');
  await expect(region(omar, /^Done since/).getByRole('link')).toBeFocused();
  await omar.keyboard.press('j');
  await omar.keyboard.press('j');
  await omar.keyboard.press('k');
  await expect(region(omar, 'Training').getByRole('link').first()).toBeFocused();
  await expect(omar.getByRole('note', { name: 'The running sprint' })).toContainText('Do devices tell?');
  await expect(omar.getByRole('note', { name: 'The running sprint' })).not.toContainText('point');
  await expect(region(omar, 'Training').getByRole('listitem')).toHaveCount(2);
  await expect(region(omar, /^Done since/)).toContainText('Train 2');
  await expect(region(omar, 'What could be next')).toContainText(
    `Training has a free place for ${key}-4 Train 4`,
  );
  await expect(region(omar, 'What could be next')).toContainText(
    'Dana, Lev, Mei have nothing that is begun.',
  );
  await expectAccessible(omar);
  await bring(slipway, [4], 'Training');
  await expect(region(omar, 'Training').getByRole('listitem')).toHaveCount(3);
  await expect(region(omar, 'What could be next')).toContainText('Dana, Mei have nothing that is begun.');
});

test('a team in experiment sprints goes from two questions to a decision', async ({ slipway, as, watch }) => {
  test.setTimeout(300_000);
  await training(slipway);
  const [sam, dana, mei, lev] = [await as('Sam'), await as('Dana'), await as('Mei'), await as('Lev')];

  // A shipping goal alone is no question.
  await look(sam, `/${key}/sprints`);
  await sam.keyboard.press('c');
  const plan = sam.getByRole('dialog', { name: 'Plan a sprint' });
  await plan.getByLabel('About').selectOption('Experiment');
  await plan.getByLabel('Goal').fill('Ship the scorer');
  await plan.getByRole('button', { name: 'Plan sprint' }).click();
  await expect(sam.getByRole('heading', { name: 'Sprint 1', level: 1 })).toBeVisible();
  await expectRefused(sam.getByRole('button', { name: 'Start sprint' }), /holds none/);

  for (const [number, claim] of [
    [25, 'Devices tell who cheats.'],
    [26, 'A longer history tells.'],
  ] as const) {
    await look(dana, `/${key}/backlog`);
    await dana.keyboard.press('c');
    const form = dana.getByRole('dialog', { name: 'New item' });
    await form.getByLabel('Kind').selectOption('Hypothesis');
    await form.getByLabel('Title').fill(claim);
    await form.getByLabel('Claim').fill(claim);
    await form.getByLabel('Metric of the rule').fill('recall');
    await form.getByLabel('Threshold of the rule').fill('0.75');
    await form.getByLabel('Dataset').fill('fraud-eval');
    await form.getByLabel('Time box in days').fill('10');
    await form.getByRole('button', { name: 'Create item' }).click();
    await expect(dana.getByRole('heading', { name: claim, level: 1 })).toBeVisible();
    await dana.keyboard.press('Shift+S');
    const set = dana.getByRole('dialog', { name: `Sprint of ${key}-${number}` });
    await set.getByLabel('Sprint').selectOption({ index: 1 });
    await set.getByRole('button', { name: 'Save' }).click();
    await expect(set).toBeHidden();
  }
  await sam.getByRole('button', { name: 'Start sprint' }).click();
  await expect(sam.getByText('Running', { exact: true })).toBeVisible();
  await expect(region(sam, 'Questions')).toContainText('Answered: 0 of 2.');

  // Three people want six places of three, all at once.
  for (const page of [dana, mei, lev]) await look(page, `/${key}/board`);
  const head = mei.getByRole('note', { name: 'The running sprint' });
  await expect(head).toContainText('0 of 2 questions');
  await expect(head).not.toContainText('point');
  watch.expectRefusal(409, 3);
  await Promise.all(
    [dana, mei, lev].map(async (page, nth) => {
      for (const n of [2 * nth + 1, 2 * nth + 2]) {
        await title(page, n).focus();
        await page.keyboard.press('Shift+ArrowRight');
      }
    }),
  );
  for (const page of [dana, mei, lev]) {
    await expect(region(page, 'Training').getByRole('listitem')).toHaveCount(3);
    await expect(region(page, 'Training')).toContainText('3/3');
    await expect(page.getByRole('group', { name: 'Limits across columns' })).toContainText('GPUs 3/3');
  }
  expect(await mostInside(slipway)).toBe(3);

  // One is finished, which frees its GPU; the hypotheses are tested with real runs.
  const [{ key: inside }] = (await slipway.admin.get(`${project}/items?status=Training`)).items;
  await slipway.admin.post(`/api/v1/items/${inside}/move`, { status: 'Done' });
  await expect(mei.getByRole('group', { name: 'Limits across columns' })).toContainText('GPUs 2/3');
  const { experiment } = await slipway.admin.get(`/api/v1/items/${key}-25`);
  const run = await ClientRun.start(await slipway.api('Dana'), experiment, 'device graph');
  await run.dataset('fraud-eval', 'v3');
  await run.metric('recall', 0.71);
  await run.finish();

  // Every two weeks: what is known, without a demo, and what shall become of it.
  await look(sam, `/${key}/checkpoints`);
  await sam.keyboard.press('c');
  const make = sam.getByRole('dialog', { name: 'Make a checkpoint' });
  await make.getByLabel('Title').fill('Week 10');
  await make.getByLabel('Omar').check();
  await make.getByRole('button', { name: 'Make checkpoint' }).click();
  await expect(sam.getByRole('heading', { name: 'Week 10', level: 1 })).toBeVisible();
  await expect(sam.getByRole('article', { name: 'Devices tell who cheats.' })).toContainText(
    'the best run that counts, device graph, reached recall 0.71; at least 0.75 is asked.',
  );
  const omar = await as('Omar');
  await look(omar, new URL(sam.url()).pathname);
  for (const [number, choice, reason] of [
    [25, 'Continue', ''],
    [26, 'Stop', 'The history costs more than the fraud'],
  ] as const) {
    const decide = omar.getByRole('form', { name: `Decide ${key}-${number}` });
    await decide.getByRole('radio', { name: choice }).check();
    if (reason) await decide.getByRole('textbox').fill(reason);
    await decide.getByRole('button', { name: 'Decide' }).click();
    await expect(region(omar, 'Questions')).toContainText(`${choice}${reason && `: ${reason}`} (Omar`);
  }
  await expect(region(dana, 'Ready').getByRole('link', { name: 'A longer history tells.' })).toHaveCount(0);
  await look(dana, `/${key}/items/${key}-26`);
  await expect(dana.getByText('Cancelled').first()).toBeVisible();

  // What was learned, without a single estimate.
  await look(omar, `/${key}/measures`);
  await expect(region(omar, 'Hypotheses')).toContainText('Devices tell who cheats.');
  await expect(region(omar, 'What gets done')).toContainText('1 item done');
  await expect(omar.getByRole('main')).not.toContainText('point');
});

/** Of the log: how many were in training at the same time. */
async function mostInside(slipway: Slipway): Promise<number> {
  const { items } = await slipway.admin.get(`/api/v1/events?project=${key}&limit=200`);
  let [inside, most] = [0, 0];
  for (const { body } of items.reverse()) {
    inside += Number(body.to?.name === 'Training') - Number(body.from?.name === 'Training');
    most = Math.max(most, inside);
  }
  return most;
}
