// Cards are moved by keys, menus and the mouse, and a full column lets nobody in.
import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { look, region } from './moves.ts';
import { expect, test, type Slipway } from './slipway.ts';
import { key, team } from './world.ts';

const lane = (page: Page, name: string) => region(page, name);
const card = (page: Page, title: string) => page.getByRole('link', { name: title, exact: true });
const inLane = (page: Page, name: string, title: string) =>
  lane(page, name).getByRole('link', { name: title, exact: true });

async function ready(slipway: Slipway, limit?: number): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  const lines = ['One', 'Two', 'Three', 'Four'].join('\n');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines, status: 'Ready' });
  if (!limit) return;
  const { columns } = await dana.get(`/api/v1/projects/${key}/board`);
  const column = columns.find(({ status }: { status: { name: string } }) => status.name === 'In progress');
  await slipway.admin.put(`/api/v1/projects/${key}/board/${column.status.id}`, { limit });
}

test('a card is moved by keys, by its menu and by the mouse', async ({ slipway, as }) => {
  await ready(slipway);
  const page = await as('Dana');
  await look(page, `/${key}/board`);
  await expect(lane(page, 'Ready').getByRole('listitem')).toHaveCount(4);
  await expectAccessible(page);

  await card(page, 'One').focus();
  await page.keyboard.press('ArrowDown');
  await expect(card(page, 'Two')).toBeFocused();
  for (const way of ['Down', 'Down', 'Up', 'Up', 'Up']) await page.keyboard.press(`Shift+Arrow${way}`);
  await expect(lane(page, 'Ready').getByRole('listitem').first()).toContainText('Two');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(inLane(page, 'In progress', 'Two')).toBeFocused();
  await expect(page.getByText(`${key}-2 is in In progress.`)).toBeVisible();

  await page.getByRole('button', { name: `Actions for ${key}-1` }).click();
  await page.getByRole('button', { name: 'Move to Done' }).click();
  await expect(inLane(page, 'Done', 'One')).toBeVisible();

  await card(page, 'Three').dragTo(lane(page, 'In review'));
  await expect(inLane(page, 'In review', 'Three')).toBeVisible();
  await page.reload();
  await expect(inLane(page, 'In review', 'Three')).toBeVisible();

  const tom = await as('Tom');
  await look(tom, `/${key}/board`);
  await card(page, 'Four').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(inLane(tom, 'In progress', 'Four')).toBeVisible();
});

test('who goes on to another card while one is on its way stays there', async ({ slipway, as }) => {
  await ready(slipway);
  const page = await as('Dana');
  await look(page, `/${key}/board`);
  let arrive = () => {};
  const slow = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(/\/items\?/, async (route) => {
    await slow;
    await route.continue();
  });
  await card(page, 'One').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText(`${key}-1 is in In progress.`)).toBeVisible();
  await card(page, 'Two').focus();
  const read = page.waitForResponse(/\/items\?/);
  arrive();
  await (await read).finished();
  await expect(page.locator(`[data-item="${key}-1"]`)).toContainText('One');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(inLane(page, 'In progress', 'Two')).toBeFocused();
  await expect(inLane(page, 'In progress', 'One')).toBeVisible();
});

test('a lost connection sends a card back and takes nothing away', async ({ slipway, as, watch }) => {
  await ready(slipway);
  const page = await as('Dana');
  await look(page, `/${key}/board`);
  watch.expectOutage();
  await page.context().setOffline(true);
  await card(page, 'One').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText('The server cannot be reached.').first()).toBeVisible();
  await expect(inLane(page, 'Ready', 'One')).toBeFocused();
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/items/${key}-2/move`, { status: 'In progress' });

  // What happened meanwhile is read as soon as that works again.
  await page.context().setOffline(false);
  await expect(inLane(page, 'In progress', 'Two')).toBeVisible();
  await card(page, 'One').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText(`${key}-1 is in In progress.`)).toBeVisible();
});

test('who comes back to the board is where they left it, and sees what others did', async ({
  slipway,
  as,
}) => {
  await ready(slipway);
  const page = await as('Dana', `/${key}/board`);
  await card(page, 'Two').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Two');
  const tom = await slipway.api('Tom');
  await tom.post(`/api/v1/items/${key}-1/move`, { status: 'In progress' });

  // As long as the board is being read again, there is the one from before.
  let answer = () => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route(`**/api/v1/projects/${key}/board`, async (route) => {
    await held;
    await route.continue();
  });
  await page.goBack();
  await expect(inLane(page, 'Ready', 'One')).toBeVisible();
  await expect(card(page, 'Two')).toBeFocused();
  answer();
  await expect(inLane(page, 'In progress', 'One')).toBeVisible();
  await expect(card(page, 'Two')).toBeFocused();
});

test('a full column sends a card back and says why', async ({ slipway, as, watch }) => {
  await ready(slipway, 1);
  const page = await as('Dana', `/${key}/board`);
  await card(page, 'One').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(inLane(page, 'In progress', 'One')).toBeVisible();
  await expect(lane(page, 'In progress')).toContainText('1/1');
  watch.expectRefusal(409);
  await card(page, 'Two').dragTo(lane(page, 'In progress'));
  const why = `In progress of ${key} is full: 1 of 1 (${key}-1). Help to finish one of them. ${key}-2 is number 1 in the queue.`;
  await expect(page.getByText(why).first()).toBeVisible();
  await expect(inLane(page, 'Ready', 'Two')).toBeVisible();
  await expect(page.locator(`[data-item="${key}-1"]`)).toHaveClass(/marked/);
  await expectAccessible(page);

  const sam = await as('Sam', `/${key}/board`);
  await card(sam, 'Two').focus();
  watch.expectRefusal(409);
  await sam.keyboard.press('Shift+ArrowRight');
  const form = sam.getByRole('dialog', { name: 'Overrule the limit?' });
  await expect(form).toContainText('number 1 in the queue');
  await expectAccessible(sam);
  await form.getByLabel('Reason').fill('The customer is down');
  await form.getByRole('button', { name: `Bring ${key}-2 in` }).click();
  await expect(lane(sam, 'In progress')).toContainText('2/1');
  await expect(lane(sam, 'In progress')).toContainText('Over its limit');
  await expect(inLane(sam, 'In progress', 'Two')).toBeFocused();
  await sam.keyboard.press('Tab');
  await expect(sam.getByRole('button', { name: `Actions for ${key}-2` })).toBeFocused();
  await sam.goto(`/${key}/items/${key}-2`);
  await expect(region(sam, 'History')).toContainText(
    'overruled the limit of In progress (2 of 1): The customer is down',
  );
});

test('who sets the status of an item may overrule a full column, too', async ({ slipway, as, watch }) => {
  await ready(slipway, 1);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/items/${key}-1/move`, { status: 'In progress' });
  const sam = await as('Sam', `/${key}/backlog`);
  await card(sam, 'Two').focus();
  await sam.keyboard.press('s');
  const form = sam.getByRole('dialog', { name: `Status of ${key}-2` });
  await form.getByLabel('Status').selectOption('In progress');
  watch.expectRefusal(409);
  await form.getByRole('button', { name: 'Save' }).click();
  const question = sam.getByRole('dialog', { name: 'Overrule the limit?' });
  await question.getByLabel('Reason').fill('The customer is down');
  await question.getByRole('button', { name: `Bring ${key}-2 in` }).click();
  await expect(question).toBeHidden();
  await expect(sam.locator(`[data-item="${key}-2"]`)).toContainText('In progress');
});

test('a card and its row tell the due day, and that it is over', async ({ slipway, as }) => {
  await ready(slipway);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items`, { title: 'Late', due: '2020-02-03' });
  const page = await as('Dana', `/${key}/board`);
  const late = page.locator('[data-item]', { hasText: 'Late' });
  await expect(late).toContainText('Overdue: Feb 3, 2020');
  await expectAccessible(page);
  await page.goto(`/${key}/backlog`);
  await expect(late).toContainText('Overdue: Feb 3, 2020');
  await late.getByRole('link', { name: 'Late' }).focus();
  await page.keyboard.press('s');
  const form = page.getByRole('dialog', { name: /^Status of/ });
  await form.getByLabel('Status').selectOption('Done');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(late).toContainText('Feb 3, 2020');
  await expect(late).not.toContainText('Overdue');
});

test('an admin gives a column a limit and a policy', async ({ slipway, as }) => {
  await ready(slipway);
  const page = await as('Sam', `/${key}/board`);
  await page.getByRole('button', { name: 'Limit and policy of In progress' }).click();
  const form = page.getByRole('dialog', { name: 'Column In progress' });
  await form.getByLabel('Limit').fill('3');
  await form.getByLabel('Policy').fill('One training a GPU.');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(lane(page, 'In progress')).toContainText('0/3');
  await expect(lane(page, 'In progress')).toContainText('One training a GPU.');
});

test('a limit that somebody set meanwhile is not taken away unseen', async ({ slipway, as, watch }) => {
  await ready(slipway);
  const page = await as('Sam', `/${key}/board`);
  const open = () => page.getByRole('button', { name: 'Limit and policy of In progress' }).click();
  const form = page.getByRole('dialog', { name: 'Column In progress' });
  await open();
  await form.getByLabel('Policy').fill('One at a time.');

  const { columns } = await slipway.admin.get(`/api/v1/projects/${key}/board`);
  const column = columns.find(({ status }: { status: { name: string } }) => status.name === 'In progress');
  await slipway.admin.put(`/api/v1/projects/${key}/board/${column.status.id}`, { limit: 1 });
  watch.expectRefusal(412);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form.getByText('Someone changed this after you read it.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(lane(page, 'In progress')).toContainText('0/1');

  await open();
  await form.getByRole('button', { name: 'Discard' }).click();
  await expect(form.getByLabel('Limit')).toHaveValue('1');
  await form.getByLabel('Policy').fill('One at a time.');
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(lane(page, 'In progress')).toContainText('One at a time.');
  await expect(lane(page, 'In progress')).toContainText('0/1');
});
