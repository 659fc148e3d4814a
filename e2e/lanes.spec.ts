// A board in lanes, and a column that is longer than any screen.
import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { look, region } from './moves.ts';
import { email, expect, test, type Slipway } from './slipway.ts';
import { key, team } from './world.ts';

const card = (page: Page, title: string) => page.getByRole('link', { name: title, exact: true });
const cards = (page: Page, column: string, lane: string) =>
  page.getByRole('list', { name: `${column} ${lane}`, exact: true });
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name });

/** One is Dana's, Two is Tom's, Three is nobody's; all are ready. */
async function ready(slipway: Slipway): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo\nThree', status: 'Ready' });
  for (const [number, who] of [
    [1, 'Dana'],
    [2, 'Tom'],
  ] as const)
    await dana.patch(`/api/v1/items/${key}-${number}`, { assignee: email(who) }, 1);
}

test('a card goes into the lane of another person by keys and by the mouse', async ({ slipway, as }) => {
  await ready(slipway);
  const page = await as('Dana');
  await look(page, `/${key}/board`);
  await page.getByLabel('Lanes').selectOption('Assignee');
  await expect(page).toHaveURL(/lanes=assignee/);
  await expect(page.getByRole('heading', { level: 2, name: 'Dana' })).toBeVisible();
  await expect(region(page, 'Nobody')).toContainText('1 card');
  await expect(cards(page, 'Ready', 'Dana').getByRole('listitem')).toHaveCount(1);
  await expectAccessible(page);

  // The order of the keyboard goes on from lane to lane.
  await page.keyboard.press('j');
  await expect(card(page, 'One')).toBeFocused();
  await page.keyboard.press('j');
  await expect(card(page, 'Two')).toBeFocused();
  await page.keyboard.press('k');
  await page.keyboard.press('.');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('button', { name: 'Move to …', exact: true })).toBeFocused();
  await page.keyboard.press('Enter');
  const form = dialog(page, `Move ${key}-1`);
  await expectAccessible(page);
  await form.getByLabel('Column').selectOption('In progress');
  await form.getByLabel('Assignee').selectOption('Tom');
  await page.keyboard.press('Tab');
  await form.getByRole('button', { name: 'Move', exact: true }).press('Enter');
  await expect(cards(page, 'In progress', 'Tom').getByRole('link', { name: 'One' })).toBeFocused();
  await expect(page.getByText(`${key}-1 is in In progress, Tom.`)).toBeVisible();

  await card(page, 'Three').dragTo(cards(page, 'Ready', 'Tom'));
  await expect(cards(page, 'Ready', 'Tom').getByRole('link', { name: 'Three' })).toBeVisible();
  await page.getByRole('button', { name: 'Tom', exact: true }).click();
  await expect(card(page, 'Three')).toBeHidden();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Tom', exact: true })).toHaveAttribute(
    'aria-expanded',
    'false',
  );
  await page.getByRole('button', { name: 'Tom', exact: true }).click();
  await expect(cards(page, 'Ready', 'Tom').getByRole('link', { name: 'Three' })).toBeVisible();
  const { assignee } = await slipway.admin.get(`/api/v1/items/${key}-3`);
  expect(assignee.name).toBe('Tom');
});

test('into another lane and column it goes in one step, over a limit as well, and comes back in one', async ({
  slipway,
  as,
  watch,
}) => {
  await ready(slipway);
  const path = `/api/v1/items/${key}-3`;
  const now = async () => {
    const { status, assignee } = await slipway.admin.get(path);
    return [status.name, assignee?.name];
  };
  const page = await as('Sam', `/${key}/board?lanes=assignee`);
  const writes: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'GET') writes.push(`${request.method()} ${new URL(request.url()).pathname}`);
  });
  await slipway.admin.post(`/api/v1/items/${key}-2/move`, { status: 'In progress' });
  await expect(cards(page, 'In progress', 'Tom').getByRole('link', { name: 'Two' })).toBeVisible();
  await card(page, 'Three').dragTo(cards(page, 'In progress', 'Tom'));
  await expect(page.getByText(`${key}-3 is in In progress, Tom.`)).toBeVisible();
  expect(await now()).toEqual(['In progress', 'Tom']);
  expect(writes).toEqual([`POST ${path}/move`]);
  await card(page, 'Three').focus();
  await page.keyboard.press('Control+z');
  await expect(cards(page, 'Ready', 'Nobody').getByRole('link', { name: 'Three' })).toBeVisible();
  expect(await now()).toEqual(['Ready', undefined]);

  const limits = [{ name: 'Each person', per: 'person', most: 1 }];
  await slipway.admin.put(`/api/v1/projects/${key}/limits`, { limits });
  writes.length = 0;
  watch.expectRefusal(409);
  await card(page, 'Three').dragTo(cards(page, 'In progress', 'Tom'));
  const form = dialog(page, 'Overrule the limit?');
  await form.getByLabel('Reason').fill('The export is late');
  await form.getByRole('button', { name: `Bring ${key}-3 in` }).click();
  await expect(form).toBeHidden();
  await expect(cards(page, 'In progress', 'Tom').getByRole('link', { name: 'Three' })).toBeVisible();
  expect(await now()).toEqual(['In progress', 'Tom']);
  expect(writes).toEqual([`POST ${path}/move`, `POST ${path}/move`]);
});

test('what a lane does not let in goes back, and the reason is said', async ({ slipway, as, watch }) => {
  await ready(slipway);
  const spike = { question: 'Why do they leave?', days: 3 };
  await slipway.admin.post(`/api/v1/projects/${key}/items`, { kind: 'spike', title: 'Why?', spike });
  const page = await as('Dana', `/${key}/board?lanes=kind`);
  await expect(region(page, 'Spike')).toContainText('1 card');
  watch.expectRefusal(400);
  await card(page, 'One').dragTo(cards(page, 'Ready', 'Spike'));
  await expect(page.getByText('a spike is made with its question and its time box').first()).toBeVisible();
  await expect(cards(page, 'Ready', 'Task').getByRole('link', { name: 'One' })).toBeFocused();
});

test('the last of three hundred cards is reached and opened by the keyboard', async ({ slipway, as }) => {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  const lines = Array.from({ length: 300 }, (_, nth) => `Item ${nth + 1}`).join('\n');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines, status: 'Backlog' });
  const page = await as('Dana', `/${key}/board`);
  const list = region(page, 'Backlog').getByRole('listitem');
  await expect(card(page, 'Item 1')).toBeVisible();
  // Few are in the page, and each says which of all it is.
  expect(await list.count()).toBeLessThan(60);
  await expect(list.first()).toHaveAttribute('aria-setsize', '300');
  await page.keyboard.press('j');
  for (let nth = 0; nth < 25; nth++) await page.keyboard.press('ArrowDown');
  await expect(card(page, 'Item 26')).toBeFocused();
  await expect(card(page, 'Item 26')).toBeInViewport();
  await page.keyboard.press('End');
  await expect(card(page, 'Item 300')).toBeFocused();
  await expect(card(page, 'Item 300')).toBeInViewport();
  await expect(list.last()).toHaveAttribute('aria-posinset', '300');
  await expect(card(page, 'Item 1')).toHaveCount(0);
  await page.keyboard.press('Shift+ArrowUp');
  await expect(list.last()).toContainText('Item 299');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(list.last()).toContainText('Item 300');
  await expect(page.getByText('moving…')).toHaveCount(0);
  await expect(card(page, 'Item 300')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: `${key}-300 Item 300`, level: 1 })).toBeVisible();
});
