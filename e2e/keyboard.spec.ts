import { expect, test } from './slipway.ts';
import { grow, key, team } from './world.ts';

test('places are two keys away', async ({ slipway, as }) => {
  const { words } = await grow(slipway);
  const page = await as('Dana');
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page).toHaveURL(new RegExp(`/${key}/experiments$`));
  await page.keyboard.press('g');
  await page.keyboard.press('r');
  await expect(page.getByRole('heading', { name: 'Reviews and gates' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await expect(page.getByRole('link', { name: words.experiment }).first()).toBeVisible();
});

test('the palette finds a command and an experiment by name', async ({ slipway, as }) => {
  const { words } = await grow(slipway);
  const page = await as('Dana', `/${key}/experiments`);
  await page.getByRole('heading', { name: 'Experiments' }).waitFor();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('tickets');
  await expect(palette.getByRole('option', { name: `Open ${words.experiment}` })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: words.experiment, level: 1 })).toBeVisible();

  await page.keyboard.press('Control+k');
  await palette.getByRole('combobox').fill('dark theme');
  await page.keyboard.press('Enter');
  await expect(palette).toBeHidden();
  await expect(page.locator('html')).toHaveCSS('color-scheme', /dark/);
});

test('the palette finds items by number, people, sprints and what was looked at', async ({ slipway, as }) => {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines: 'Prepare\nTrain' });
  const page = await as('Dana', `/${key}/items/${key}-1`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Prepare');
  await page.goto(`/${key}/board`);
  await expect(page.getByRole('link', { name: 'Train' })).toBeVisible();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  const asked = palette.getByRole('combobox');
  await expect(palette.getByRole('option').first()).toHaveText(`Open ${key}-1 Prepare`);
  for (const text of ['2', `${key}2`, `${key.toLowerCase()} 2`]) {
    await asked.fill(text);
    await expect(palette.getByRole('option', { name: `Open ${key}-2 Train` })).toBeVisible();
  }
  await asked.fill('tom');
  await expect(palette.getByRole('option', { name: 'Items of Tom' })).toBeVisible();
  await asked.fill('sign out');
  await expect(palette.getByRole('option', { name: 'Sign out' })).toBeVisible();
  await asked.fill('new item');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'New item' })).toBeVisible();
});

test('the help lists the keys, and single keys rest while one types', async ({ slipway, as }) => {
  await grow(slipway);
  const page = await as('Dana', `/${key}/experiments`);
  await page.getByRole('heading', { name: 'Experiments' }).waitFor();
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: /shortcuts/i });
  await expect(help).toContainText('Go to Experiments');
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();

  await page.getByLabel('Filter experiments').fill('');
  await page.keyboard.type('g e c');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByLabel('Filter experiments')).toHaveValue('g e c');
});

test('proposing needs no mouse', async ({ slipway, as }) => {
  await grow(slipway);
  const page = await as('Dana', `/${key}/experiments`);
  await page.getByRole('heading', { name: 'Experiments' }).waitFor();
  await page.keyboard.press('c');
  const form = page.getByRole('dialog', { name: 'Propose an experiment' });
  await form.getByLabel('Hypothesis').focus();
  await page.keyboard.type('Seasonal features help in December.');
  await form.getByLabel('Metric of the rule').focus();
  await page.keyboard.type('auc');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('0.9');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: /Seasonal features/, level: 1 })).toBeVisible();
});

test('the palette has what a page can do, also what only its buttons did', async ({ slipway, as }) => {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items`, { kind: 'story', title: 'Risk score' });
  const page = await as('Dana', `/${key}/items/${key}-1`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Risk score');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  const has = async (names: string[]) => {
    await page.keyboard.press('Control+k');
    for (const name of names) await expect(palette.getByRole('option', { name }).first()).toBeVisible();
  };
  await has([
    'Split into components',
    'Add a relation',
    'Attach a file',
    'Add a line to the checklist',
    'Move to another project',
    `Copy the id of ${key}-1`,
    `Copy the address of ${key}-1`,
    `Copy the branch name of ${key}-1`,
  ]);
  await palette.getByRole('combobox').fill('add a relation');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Add a relation' })).toBeVisible();

  await page.goto(`/${key}/board`);
  await expect(page.getByRole('link', { name: 'Risk score' })).toBeVisible();
  await has(['Filter by status', 'Put the cards into lanes', 'Download these items as CSV']);
  await page.goto(`/${key}/backlog`);
  await expect(page.getByRole('link', { name: 'Risk score' })).toBeVisible();
  await has(['Paste lines', 'Choose the order', 'Look into the trash', 'Download these items as CSV']);
});
