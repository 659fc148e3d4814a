// A sprint is planned against its people, started with a goal, followed on the board and closed.
import type { Page } from '@playwright/test';
import type { Api } from './api.ts';
import { expectAccessible } from './axe.ts';
import { expectNothingSticksOut, expectRefused, look, region } from './moves.ts';
import { email, expect, test, type Slipway } from './slipway.ts';
import { key, team } from './world.ts';

const project = `/api/v1/projects/${key}`;
const people = { ...team, Mara: { role: 'viewer' } as const, Ben: { trades: ['developer'] } };

async function ready(slipway: Slipway): Promise<Api> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', people);
  const dana = await slipway.api('Dana');
  for (const [title, estimate, who] of [
    ['Data', 8, 'Dana'],
    ['Training', 8, 'Tom'],
    ['API', 3, 'Ben'],
    ['Cache', 5, 'Ben'],
  ] as const)
    await dana.post(`${project}/items`, { title, estimate, assignee: email(who) });
  return dana;
}

const add = (page: Page, item: string) => page.getByRole('button', { name: `Add ${item}` }).click();

test('a sprint is planned against its people and starts with a goal', async ({ slipway, as }) => {
  await ready(slipway);
  const page = await as('Dana', `/${key}/sprints`);
  await expect(region(page, 'No sprints yet')).toBeVisible();
  await page.keyboard.press('c');
  const plan = page.getByRole('dialog', { name: 'Plan a sprint' });
  await plan.getByRole('button', { name: 'Plan sprint' }).click();
  await expect(page.getByRole('heading', { name: 'Sprint 1', level: 1 })).toBeVisible();

  // What is added stays where it stands, and the keyboard goes on to the next.
  const waiting = region(page, 'From the backlog');
  await page.getByRole('button', { name: 'Add CHURN-1' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Add CHURN-2' })).toBeFocused();
  await expect(waiting.getByRole('listitem')).toHaveText([/^Added/, /^Add\b/, /^Add\b/, /^Add\b/]);
  for (const item of ['CHURN-2', 'CHURN-3']) {
    await add(page, item);
    await expect(page.getByText(`${item} is in Sprint 1.`)).toBeVisible();
  }
  await page.getByRole('button', { name: 'Who works in it' }).first().click();
  const who = page.getByRole('dialog', { name: 'Who works in Sprint 1' });
  await who.getByLabel('Pia', { exact: true }).uncheck();
  await who.getByLabel('Sam', { exact: true }).uncheck();
  for (const [name, points] of [
    ['Dana', '8'],
    ['Tom', '8'],
    ['Ben', '4'],
  ])
    await who.getByLabel(`Points of ${name}`).fill(points!);
  await expectAccessible(page);
  await who.getByRole('button', { name: 'Save' }).click();
  const capacity = region(page, 'Capacity');
  await expect(capacity).toContainText('Fits');
  await expect(capacity).toContainText('19 points for a capacity of 20.');

  await add(page, 'CHURN-4');
  await expect(capacity).toContainText('24 points for a capacity of 20.');
  await expect(capacity.getByRole('listitem').filter({ hasText: 'over' })).toContainText('Ben');
  await page.getByRole('link', { name: 'Cache' }).focus();
  await page.keyboard.press('Shift+S');
  const set = page.getByRole('dialog', { name: 'Sprint of CHURN-4' });
  await set.getByLabel('Sprint').selectOption('None');
  await set.getByRole('button', { name: 'Save' }).click();
  await expect(capacity).toContainText('19 points');

  await expectRefused(page.getByRole('button', { name: 'Start sprint' }), /has no goal/);
  await page.keyboard.press('e');
  const edit = page.getByRole('dialog', { name: 'Edit Sprint 1' });
  await edit.getByLabel('Goal').fill('End-to-end prediction service with sample data');
  await edit.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Start sprint' }).click();
  await expect(region(page, 'Burndown')).toContainText('19 of 19 points are left.');
  await expectAccessible(page);
  await expectNothingSticksOut(page);
});

test('a sprint with an item that nobody has estimated asks before it starts', async ({ slipway, as }) => {
  const dana = await ready(slipway);
  const { id: sprint } = await dana.post(`${project}/sprints`, { goal: 'A first service' });
  await dana.post(`${project}/items`, { title: 'Who knows', sprint, assignee: 'me' });
  const { version } = await dana.get('/api/v1/items/CHURN-1');
  await dana.patch('/api/v1/items/CHURN-1', { sprint }, version);
  const page = await as('Dana', `/${key}/sprints/${sprint}`);
  const start = page.getByRole('button', { name: 'Start sprint' });
  const question = page.getByRole('dialog', { name: 'Start Sprint 1?' });
  await start.click();
  await expect(question).toContainText('1 item has no estimate.');
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await start.click();
  await question.getByRole('button', { name: 'Start sprint' }).click();
  await expect(page.getByText('Running', { exact: true })).toBeVisible();

  // The next one comes after it.
  const { last_day } = await dana.get(`/api/v1/sprints/${sprint}`);
  await page.goto(`/${key}/sprints`);
  await page.getByRole('button', { name: 'Plan sprint' }).click();
  const first = page.getByRole('dialog', { name: 'Plan a sprint' }).getByLabel('First day');
  await expect(first).toHaveValue(/^\d/);
  expect((await first.inputValue()) > last_day).toBe(true);
});

test('a sprint is followed on the board and closed', async ({ slipway, as }) => {
  const dana = await ready(slipway);
  const goal = 'End-to-end prediction service with sample data';
  const { id: sprint } = await dana.post(`${project}/sprints`, { goal });
  for (const item of [1, 2, 3]) {
    const { version } = await dana.get(`/api/v1/items/CHURN-${item}`);
    await dana.patch(`/api/v1/items/CHURN-${item}`, { sprint }, version);
  }
  await dana.post(`/api/v1/sprints/${sprint}/start`, {});

  const page = await as('Dana');
  const mara = await as('Mara');
  await look(mara, `/${key}/board`);
  const head = mara.getByRole('note', { name: 'The running sprint' });
  await expect(head).toContainText('End-to-end prediction service with sample data');
  await expect(head).toContainText('0 of 3 items, 0 of 19 points done');
  await mara.getByLabel('Sprint', { exact: true }).selectOption({ label: 'Sprint 1, running' });
  await expect(mara.getByRole('link', { name: 'Cache' })).toHaveCount(0);

  await page.goto(`/${key}/items/CHURN-1`);
  await page.getByLabel('Status', { exact: true }).selectOption('Done');
  await expect(head).toContainText('1 of 3 items, 8 of 19 points done');

  await page.goto(`/${key}/sprints`);
  await page.getByRole('link', { name: 'Sprint 1' }).click();
  await page.getByRole('button', { name: 'Close sprint' }).click();
  const close = page.getByRole('dialog', { name: 'Close Sprint 1' });
  await close.getByLabel('The goal was').selectOption('Met in part');
  await close.getByLabel('What we know now').fill('The join came **late**.');
  await close.getByRole('button', { name: 'Close sprint' }).click();
  await expect(page.getByText('Goal: met in part')).toBeVisible();
  await expect(region(page, 'What we know now')).toContainText('The join came late.');
  await expect(region(page, 'In the sprint')).toContainText('Data');
  await expect(region(page, 'In the sprint')).not.toContainText('Training');
  await expect(region(page, 'In the sprint')).toContainText(
    '2 unfinished items went back into the backlog: CHURN-2, CHURN-3.',
  );
});

test('an experiment sprint shows questions', async ({ slipway, as }) => {
  const dana = await ready(slipway);
  const sprint = await dana.post(`${project}/sprints`, { mode: 'experiment', goal: 'Do devices tell?' });
  await dana.post(`${project}/items`, { title: 'Ship it', sprint: sprint.id });
  const page = await as('Dana');
  await look(page, `/${key}/sprints/${sprint.id}`);
  await expectRefused(page.getByRole('button', { name: 'Start sprint' }), /holds none/);
  await dana.post(`${project}/items`, {
    kind: 'spike',
    title: 'Look at the misses',
    sprint: sprint.id,
    spike: { question: 'Do the misses share devices?', days: 3 },
  });
  const questions = region(page, 'Questions');
  await expect(questions).toContainText('Answered: 0 of 1.');
  await page.getByRole('button', { name: 'Start sprint' }).click();
  await expect(page.getByText('Running', { exact: true })).toBeVisible();
  await expect(region(page, 'Burndown')).toHaveCount(0);
  await dana.put('/api/v1/items/CHURN-6/spike/answer', { answer: 'yes', finding: 'They do.' });
  await expect(questions).toContainText('Answered: 1 of 1.');
  await expectAccessible(page);
});
