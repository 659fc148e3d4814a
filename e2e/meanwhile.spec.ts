// While someone writes, others write, too, and lines break: nothing is lost, and nothing comes about twice.
import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { look, region } from './moves.ts';
import { expect, test, type Slipway } from './slipway.ts';
import { key, team } from './world.ts';

const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });
const rows = (page: Page) => page.getByRole('table', { name: 'Items' }).locator('tbody tr');
const inColumn = (page: Page, column: string, title: string) =>
  region(page, column).getByRole('link', { name: title, exact: true });

async function found(slipway: Slipway): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
}

/** The server does what it is asked for, and the line breaks before it can say so: once. */
async function loseAnswer(page: Page, path: string): Promise<void> {
  let isLost = false;
  await page.route(`**/api/v1/${path}`, async (route) => {
    if (isLost || route.request().method() === 'GET') return route.fallback();
    isLost = true;
    await route.fetch();
    await route.abort('internetdisconnected');
  });
}

test('a cell is typed on while its row is moved by somebody else', async ({ slipway, as }) => {
  await found(slipway);
  const tom = await slipway.api('Tom');
  await tom.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo\nThree\nFour' });
  const page = await as('Dana');
  await look(page, `/${key}/backlog`);
  const title = page.getByRole('textbox', { name: `Title of ${key}-2` });
  const stored = async () => (await tom.get(`/api/v1/items/${key}-2`)).title;
  await page.getByRole('link', { name: 'Two' }).focus();
  await page.keyboard.press('e');
  await page.keyboard.press('End');
  await page.keyboard.type(' half');
  await page.keyboard.press('ArrowLeft');
  for (const [to, place] of [
    ['last', 3],
    ['first', 0],
    [{ after: `${key}-3` }, 2],
  ] as const) {
    await tom.post(`/api/v1/items/${key}-2/move`, { to });
    await expect(rows(page).nth(place)).toHaveAttribute('data-item', `${key}-2`);
    await expect(title).toBeFocused();
  }
  // The keys that follow are letters, where the caret was.
  await page.keyboard.type('a');
  await expect(title).toHaveValue('Two halaf');
  expect(await stored()).toBe('Two');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'Two halaf' })).toBeFocused();
  await expect.poll(stored).toBe('Two halaf');
});

test('a row of a long list takes the cell along, however far it goes', async ({ slipway, as }) => {
  await found(slipway);
  const tom = await slipway.api('Tom');
  const lines = Array.from({ length: 260 }, (_, nth) => `Item ${nth + 1}`).join('\n');
  await tom.post(`/api/v1/projects/${key}/items/batch`, { lines });
  const page = await as('Dana');
  await look(page, `/${key}/backlog?show=300`);
  await page.getByRole('link', { name: 'Item 2', exact: true }).focus();
  await page.keyboard.press('e');
  await page.keyboard.press('End');
  await page.keyboard.type(' half');
  await tom.post(`/api/v1/items/${key}-2/move`, { to: 'last' });
  const title = page.getByRole('textbox', { name: `Title of ${key}-2` });
  await expect(page.locator(`[data-item="${key}-2"]`)).toHaveAttribute('aria-rowindex', '261');
  await expect(title).toBeFocused();
  await page.keyboard.type(' way');
  await expect(title).toHaveValue('Item 2 half way');
  expect((await tom.get(`/api/v1/items/${key}-2`)).title).toBe('Item 2');
});

test('what is typed into a field of an item outlives what somebody else writes there', async ({
  slipway,
  as,
  watch,
}) => {
  await found(slipway);
  await slipway.admin.put(`/api/v1/projects/${key}/fields`, {
    fields: ['Region', 'Cohort'].map((name) => ({ name, holds: 'text', choices: [] })),
  });
  const tom = await slipway.api('Tom');
  await tom.post(`/api/v1/projects/${key}/items`, { title: 'Join the exports' });
  const path = `/api/v1/items/${key}-1`;
  const change = async (what: object) => tom.patch(path, what, (await tom.get(path)).version);
  const page = await as('Dana');
  await look(page, `/${key}/items/${key}-1`);
  const fields = page.getByRole('complementary', { name: 'Fields' });
  const cases = [
    { label: 'Estimate', mine: '5', theirs: { estimate: 13 }, shown: '13', is: { estimate: 5 } },
    {
      label: 'Labels',
      mine: 'mine',
      theirs: { labels: ['theirs'] },
      shown: 'theirs',
      is: { labels: ['mine'] },
    },
    {
      label: 'Region',
      mine: 'north',
      theirs: { custom: { Region: 'south', Cohort: 'b' } },
      shown: 'south',
      is: { custom: { Region: 'north', Cohort: 'b' } },
    },
  ];
  for (const { label, mine, theirs, shown, is } of cases) {
    const field = fields.getByLabel(label, { exact: true });
    await field.fill(mine);
    await change(theirs);
    // Theirs has been read by now, as what else they changed is there.
    await change({ description: `${label} is theirs.` });
    await expect(page.getByText(`${label} is theirs.`)).toBeVisible();
    await expect(field).toHaveValue(mine);
    await field.press('Enter');
    await expect(fields.getByRole('alert')).toContainText(`Someone else wrote “${shown}” meanwhile.`);
    expect(await tom.get(path)).toMatchObject(theirs);
    // Whoever goes on without a word has not said that theirs shall go.
    await field.press('Tab');
    await expect(field).toHaveValue(mine);
    expect(await tom.get(path)).toMatchObject(theirs);
    await field.press('Enter');
    await expect(fields.getByRole('alert')).toHaveCount(0);
    await expect.poll(() => tom.get(path)).toMatchObject(is);
  }
  await expectAccessible(page);

  // In the same moment, before the page has heard of it; Esc leaves theirs.
  const estimate = fields.getByLabel('Estimate');
  await page.route('**/api/v1/live*', (route) => route.abort('aborted'));
  await page.reload();
  await estimate.fill('8');
  await change({ estimate: 20 });
  watch.expectRefusal(412);
  await estimate.press('Enter');
  await expect(fields.getByRole('alert')).toContainText('Someone else wrote “20” meanwhile.');
  await expect(estimate).toHaveValue('8');
  await estimate.press('Escape');
  await expect(estimate).toHaveValue('20');
  expect((await tom.get(path)).estimate).toBe(20);
});

test('what is asked for again after a lost answer comes about once', async ({ slipway, as, watch }) => {
  await found(slipway);
  const tom = await slipway.api('Tom');
  await tom.post(`/api/v1/projects/${key}/items`, { kind: 'story', title: 'Risk score' });
  const of = (what: string) => tom.get(`/api/v1/items/${key}-1${what}`);
  const page = await as('Dana');
  await look(page, `/${key}/items/${key}-1`);
  watch.expectOutage();
  for (const path of ['split', 'checklist', 'undo']) await loseAnswer(page, `items/${key}-1/${path}`);

  await page.getByRole('button', { name: 'Split by trade' }).click();
  const form = dialog(page, `Split ${key}-1 by trade`);
  await form.getByRole('button', { name: 'Split', exact: true }).click();
  // The page hears of the parts, and the dialog is one that adds to them.
  const open = page.getByRole('dialog');
  await expect(open.getByRole('alert')).toContainText('cannot be reached');
  await open.locator('button[type=submit]').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect((await of('')).children).toHaveLength(3);

  const line = page.getByLabel('New line of the checklist');
  await line.fill('Look at the data');
  await page.keyboard.press('Enter');
  await expect(region(page, 'Checklist').getByRole('alert')).toContainText('cannot be reached');
  await line.press('Enter');
  await expect(line).toHaveValue('');
  expect((await of('/checklist')).items).toHaveLength(1);
  // Said once more, it is meant once more.
  await line.fill('Look at the data');
  await page.keyboard.press('Enter');
  await expect(region(page, 'Checklist').getByRole('checkbox')).toHaveCount(2);

  await page.getByLabel('Priority').selectOption('High');
  await expect.poll(async () => (await of('')).priority).toBe('high');
  await page.getByRole('heading', { level: 1 }).click();
  await page.keyboard.press('Control+z');
  await expect(page.getByText('The server cannot be reached.').first()).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(page.getByText(`The last change of ${key}-1 is taken back.`)).toBeVisible();
  expect((await of('')).priority).toBe('none');
});

test('what is taken back twice is made again, and the palette knows of it', async ({ slipway, as }) => {
  await found(slipway);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items`, { title: 'One', status: 'Ready' });
  const page = await as('Dana');
  await look(page, `/${key}/board`);
  await inColumn(page, 'Ready', 'One').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText(`${key}-1 is in In progress.`)).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('What do you want to do?').fill('take the last change back');
  await page.keyboard.press('Enter');
  await expect(page.getByText(`The last change of ${key}-1 is taken back.`)).toBeVisible();
  await expect(inColumn(page, 'Ready', 'One')).toBeVisible();
  await page.keyboard.press('Control+z');
  await expect(page.getByText(`The change of ${key}-1 is made again.`)).toBeVisible();
  await expect(inColumn(page, 'In progress', 'One')).toBeVisible();
  await look(page, `/${key}/items/${key}-1`);
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('What do you want to do?').fill('take the last change back');
  await page.keyboard.press('Enter');
  await expect(inColumn(page, 'In progress', 'One')).toHaveCount(0);
  await expect.poll(async () => (await dana.get(`/api/v1/items/${key}-1`)).status.name).toBe('Ready');
});

test('settings that somebody else set meanwhile are shown before they are written over', async ({
  slipway,
  as,
  watch,
}) => {
  await found(slipway);
  const board = `/api/v1/projects/${key}/board`;
  const column = async () =>
    (await slipway.admin.get(board)).columns.find(
      ({ status }: { status: { name: string } }) => status.name === 'In review',
    );
  const { id } = (await column()).status;
  const page = await as('Sam');
  await look(page, `/${key}/board`);
  const open = () => page.getByRole('button', { name: 'Limit and policy of In review' }).click();
  const form = dialog(page, 'Column In review');
  const theirs = form.getByRole('region', { name: 'Values saved by someone else' });
  await open();
  await form.getByRole('textbox', { name: 'Limit' }).fill('4');
  await slipway.admin.put(`${board}/${id}`, { limit: 7, policy: 'Two pairs of eyes' });
  watch.expectRefusal(412);
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(theirs).toContainText('Two pairs of eyes');
  await expect(theirs).toContainText('7');
  await expectAccessible(page);
  await form.getByRole('button', { name: 'Cancel' }).click();

  // What was shown once is known: the draft is saved over it.
  await open();
  await expect(form.getByText('Draft restored')).toBeVisible();
  await form.getByRole('button', { name: 'Save' }).click();
  await expect(form).toBeHidden();
  await expect.poll(async () => (await column()).limit).toBe(4);

  const limits = `/api/v1/projects/${key}/limits`;
  await page
    .getByRole('button', { name: /^Limits/ })
    .first()
    .click();
  const all = dialog(page, `Limits of ${key}`);
  await all.getByRole('button', { name: 'Add a limit' }).click();
  await all.getByLabel('Name').fill('Labs');
  await slipway.admin.put(limits, { limits: [{ name: 'GPUs', per: 'pool', most: 2 }] });
  watch.expectRefusal(412);
  await all.getByRole('button', { name: 'Save' }).click();
  await expect(all.getByRole('region', { name: 'Values saved by someone else' })).toContainText('GPUs');
  await all.getByRole('button', { name: 'Take their values' }).click();
  await expect(all.getByLabel('Name')).toHaveValue('GPUs');
  await all.getByRole('button', { name: 'Save' }).click();
  await expect(all).toBeHidden();
  expect((await slipway.admin.get(limits)).items).toHaveLength(1);
});

test('a card of a board from before is moved only if it is still there', async ({ slipway, as }) => {
  await found(slipway);
  const tom = await slipway.api('Tom');
  await tom.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo', status: 'Ready' });
  const page = await as('Dana');
  await look(page, `/${key}/board`);
  await expect(inColumn(page, 'Ready', 'One')).toBeVisible();
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Home' }).click();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await tom.post(`/api/v1/items/${key}-1/move`, { status: 'Done' });
  let arrive = () => {};
  const slow = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(/\/items\?/, async (route) => {
    await slow;
    await route.continue();
  });
  await page.goBack();
  await inColumn(page, 'Ready', 'One').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await inColumn(page, 'Ready', 'Two').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByText('This is from before. Reading it again')).toBeVisible();
  arrive();
  await expect(
    page.getByText(`${key}-1 is in Done by now. Move it again if you still mean to.`),
  ).toBeVisible();
  await expect(inColumn(page, 'In progress', 'Two')).toBeVisible();
  await expect(page.getByText('This is from before.')).toHaveCount(0);
  expect((await tom.get(`/api/v1/items/${key}-1`)).status.name).toBe('Done');
});

test('a cell that is left by a step back is saved without a word', async ({ slipway, as }) => {
  await found(slipway);
  const tom = await slipway.api('Tom');
  await tom.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo' });
  const page = await as('Dana');
  await look(page, `/${key}/board`);
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Backlog' }).click();
  await page.getByRole('link', { name: 'One' }).focus();
  await page.keyboard.press('e');
  await page.keyboard.press('End');
  await page.keyboard.type(' more');
  await page.goBack();
  await expect.poll(async () => (await tom.get(`/api/v1/items/${key}-1`)).title).toBe('One more');
  await expect(inColumn(page, 'Backlog', 'One more')).toBeVisible();
  await expect(page.getByText('left this list')).toHaveCount(0);
});
