// What people write is theirs until they save it or throw it away: no stray key, no press beside a dialog and no session
// that ended takes it from them.
import type { Page } from '@playwright/test';
import { look } from './moves.ts';
import { email, expect, password, test } from './slipway.ts';
import { grow, key } from './world.ts';

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Propose an experiment' });
const propose = (page: Page) => page.getByRole('button', { name: 'Propose experiment' });
const words = 'Weekend logins tell who stays.';

test('a half-written proposal outlives Escape, a press beside it, going back and a reload', async ({
  slipway,
  as,
}) => {
  await grow(slipway);
  const page = await as('Dana');
  await page.getByRole('link', { name: 'Experiments', exact: true }).click();
  const form = dialogOf(page);
  const hypothesis = form.getByLabel('Hypothesis');
  await propose(page).click();
  await expect(hypothesis).toBeFocused();
  await expect(form.getByText('Draft restored')).toHaveCount(0);
  await hypothesis.fill(words);
  await form.getByRole('button', { name: 'Add a constraint' }).click();
  await form.getByLabel('Metric of constraint 1').fill('p95_ms');

  const closings = [
    () => page.keyboard.press('Escape'),
    () => page.mouse.click(5, 400),
    // Whoever goes forward before the page that they left for is there has not left.
    async () => {
      await page.goBack();
      await expect(page.getByRole('heading', { name: 'Home', level: 1 })).toBeVisible();
      await page.goForward();
    },
    () => page.reload(),
  ];
  for (const close of closings) {
    await close();
    await expect(form).toBeHidden();
    await propose(page).click();
    await expect(form.getByText('Draft restored')).toBeVisible();
    await expect(hypothesis).toHaveValue(words);
    await expect(form.getByLabel('Metric of constraint 1')).toHaveValue('p95_ms');
  }

  await form.getByRole('button', { name: 'Discard' }).click();
  await expect(hypothesis).toHaveValue('');
  await expect(hypothesis).toBeFocused();
  await page.keyboard.press('Escape');
  await propose(page).click();
  await expect(hypothesis).toHaveValue('');
  await expect(form.getByText('Draft restored')).toHaveCount(0);
});

test('what was saved is no draft any more', async ({ slipway, as }) => {
  const { experiment } = await grow(slipway);
  const page = await as('Dana', `/${key}/experiments/${experiment}`);
  const edit = async () => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('button', { name: /Edit name/ }).click();
  };
  const form = page.getByRole('dialog', { name: 'Edit experiment' });
  await edit();
  await form.getByLabel('Name', { exact: true }).fill('Tickets, once more');
  await page.keyboard.press('Escape');
  await edit();
  await expect(form.getByText('Draft restored')).toBeVisible();
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Tickets, once more' })).toBeVisible();
  await edit();
  await expect(form.getByText('Draft restored')).toHaveCount(0);
});

test('a draft knows that somebody else saved meanwhile', async ({ slipway, as, watch }) => {
  const { experiment } = await grow(slipway);
  const path = `/${key}/experiments/${experiment}`;
  const page = await as('Dana', path);
  const area = page.getByRole('textbox', { name: 'Hypothesis' });
  await page.getByRole('button', { name: 'Edit the hypothesis' }).click();
  await area.fill(words);
  await page.keyboard.press('Escape');
  const tom = await slipway.api('Tom');
  const { version } = await tom.get(`/api/v1/experiments/${experiment}`);
  await tom.patch(`/api/v1/experiments/${experiment}`, { hypothesis: 'Tom was faster.' }, version);
  await expect(page.getByText('Tom was faster.').first()).toBeVisible();
  await page.getByRole('button', { name: 'Edit the hypothesis' }).click();
  await expect(area).toHaveValue(words);
  watch.expectRefusal(412);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Values saved by someone else' })).toContainText(
    'Tom was faster.',
  );
});

test('a session that ends takes no words along', async ({ slipway, as, watch }) => {
  await grow(slipway);
  const page = await as('Dana');
  await look(page, `/${key}/experiments`);
  const form = dialogOf(page);
  await propose(page).click();
  await form.getByLabel('Hypothesis').fill(words);
  await form.getByLabel('Metric of the rule').fill('auc');
  await form.getByLabel('Threshold of the rule').fill('0.9');
  await page.context().clearCookies();
  watch.expectRefusal(401);
  await form.getByRole('button', { name: 'Propose experiment' }).click();
  await expect(page).toHaveURL(/\/signin/);

  await page.getByLabel('E-mail').fill(email('Dana'));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(form.getByLabel('Hypothesis')).toHaveValue(words);
  await form.getByRole('button', { name: 'Propose experiment' }).click();
  await expect(page.getByRole('heading', { name: words, level: 1 })).toBeVisible();
});

test('nobody finds the draft of somebody else', async ({ slipway, as }) => {
  await grow(slipway);
  const page = await as('Dana', `/${key}/experiments`);
  await propose(page).click();
  await dialogOf(page).getByLabel('Hypothesis').fill(words);
  await page.keyboard.press('Escape');
  await page.context().clearCookies();
  await page.goto('/signin');
  await page.getByLabel('E-mail').fill(email('Tom'));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
  await page.goto(`/${key}/experiments`);
  await propose(page).click();
  await expect(dialogOf(page).getByLabel('Hypothesis')).toHaveValue('');
});

test('a double click opens a dialog and leaves it open', async ({ slipway, as }) => {
  await grow(slipway);
  const page = await as('Dana', `/${key}/experiments`);
  await propose(page).dblclick();
  await expect(dialogOf(page)).toBeVisible();
  await page.mouse.dblclick(5, 400);
  await expect(dialogOf(page)).toBeHidden();
});
