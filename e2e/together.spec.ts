// A column of two halves, and a board that shows the work of two projects.
import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { look, region } from './moves.ts';
import { expect, test, type Slipway } from './slipway.ts';
import { key, team } from './world.ts';

const other = 'FRAUD';
const card = (page: Page, title: string) => page.getByRole('link', { name: title, exact: true });
const inColumn = (page: Page, column: string, title: string) =>
  region(page, column).getByRole('link', { name: title, exact: true });

async function ready(slipway: Slipway): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo\nThree', status: 'Ready' });
}

async function limit(slipway: Slipway, project: string, name: string, most: number): Promise<void> {
  const { columns } = await slipway.admin.get(`/api/v1/projects/${project}/board`);
  const column = columns.find(({ status }: { status: { name: string } }) => status.name === name);
  await slipway.admin.put(`/api/v1/projects/${project}/board/${column.status.id}`, { limit: most });
}

test('what is done waits in the second half of its column and keeps its place', async ({
  slipway,
  as,
  watch,
}) => {
  await ready(slipway);
  await limit(slipway, key, 'In progress', 1);
  const sam = await as('Sam');
  await look(sam, `/${key}/board`);
  await sam.getByRole('button', { name: 'Limit and policy of Done' }).click();
  await expect(sam.getByRole('dialog', { name: 'Column Done' }).getByRole('checkbox')).toHaveCount(0);
  await sam.keyboard.press('Escape');
  await sam.getByRole('button', { name: 'Limit and policy of In review' }).click();
  const form = sam.getByRole('dialog', { name: 'Column In review' });
  await expect(form.getByRole('textbox', { name: 'Limit' })).toBeVisible();
  await form.getByRole('checkbox', { name: 'Second half of In progress' }).check();
  await expect(form.getByRole('textbox', { name: 'Limit' })).toBeHidden();
  await expectAccessible(sam);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(region(sam, 'In review')).toContainText(
    'Done in “In progress”: it waits here for the next step.',
  );

  const dana = await as('Dana', `/${key}/board`);
  await card(dana, 'One').focus();
  await dana.keyboard.press('Shift+ArrowRight');
  await expect(inColumn(dana, 'In progress', 'One')).toBeFocused();
  await dana.keyboard.press('Shift+ArrowRight');
  await expect(inColumn(dana, 'In review', 'One')).toBeFocused();
  await expect(region(dana, 'In progress')).toContainText('1/1');
  await expectAccessible(dana);
  watch.expectRefusal(409);
  await card(dana, 'Two').focus();
  await dana.keyboard.press('Shift+ArrowRight');
  await expect(dana.getByText(`In progress of ${key} is full: 1 of 1 (${key}-1).`).first()).toBeVisible();
  await expect(dana.locator(`[data-item="${key}-1"]`)).toHaveClass(/marked/);
  await card(dana, 'One').focus();
  await dana.keyboard.press('Shift+ArrowRight');
  await expect(inColumn(dana, 'Done', 'One')).toBeFocused();
  await card(dana, 'Two').focus();
  await dana.keyboard.press('Shift+ArrowRight');
  await expect(inColumn(dana, 'In progress', 'Two')).toBeFocused();
});

test('a board shows the work of two projects, and each keeps its own rules', async ({
  slipway,
  as,
  watch,
}) => {
  await ready(slipway);
  await slipway.project(other, 'Fraud watch', team);
  const api = await slipway.api('Dana');
  await api.post(`/api/v1/projects/${other}/items/batch`, { lines: 'Uno\nDos\nTres', status: 'Ready' });
  const { statuses: now } = await slipway.admin.get(`/api/v1/projects/${other}/workflow`);
  const statuses = now.map((status: { name: string }) =>
    status.name === 'In progress' ? { ...status, name: 'Begun' } : status,
  );
  await slipway.admin.put(`/api/v1/projects/${other}/workflow`, { statuses });
  await limit(slipway, other, 'Begun', 1);

  const page = await as('Dana', `/${key}/board`);
  await page.getByLabel('Show another project, too').selectOption(other);
  await expect(page).toHaveURL(/also=FRAUD/);
  await expect(region(page, 'Ready').getByRole('listitem')).toHaveCount(6);
  await expect(region(page, 'In progress')).toContainText('FRAUD Begun 0/1');
  await expectAccessible(page);

  // A card comes into its own project's status, also where that has another name.
  await card(page, 'Uno').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(inColumn(page, 'In progress', 'Uno')).toBeFocused();
  await expect(page.locator(`[data-item="${other}-1"]`)).toContainText('in Begun');
  const { status } = await api.get(`/api/v1/items/${other}-1`);
  expect(status.name).toBe('Begun');
  watch.expectRefusal(409);
  await card(page, 'Dos').dragTo(region(page, 'In progress'));
  await expect(page.getByText(`Begun of ${other} is full: 1 of 1 (${other}-1).`).first()).toBeVisible();
  await expect(inColumn(page, 'Ready', 'Dos')).toBeVisible();

  // Its order is that of its own backlog.
  await card(page, 'Tres').focus();
  await page.keyboard.press('Shift+ArrowUp');
  await expect(region(page, 'Ready').getByRole('listitem').nth(3)).toContainText('Tres');
  await page.keyboard.press('s');
  const form = page.getByRole('dialog', { name: `Status of ${other}-3` });
  await expect(form.getByLabel('Status')).toContainText('Begun');
  await page.keyboard.press('Escape');

  await page.getByLabel('Lanes').selectOption('Project');
  await expect(page.getByRole('heading', { level: 2, name: other })).toBeVisible();
  await page.getByRole('button', { name: `Do not show ${other} any more` }).click();
  await expect(card(page, 'Uno')).toBeHidden();
  await expect(card(page, 'One')).toBeVisible();

  // Whoever filters by a sprint hears why the other project shows nothing.
  const { id } = await api.post(`/api/v1/projects/${key}/sprints`, { goal: 'A first service' });
  await page.goto(`/${key}/board?also=${other}&sprint=${id}`);
  await expect(page.getByText(`Only items of ${key} can be in Sprint 1.`)).toBeVisible();
});
