import { expectAccessible, themes } from './axe.ts';
import { expectNothingSticksOut, region } from './moves.ts';
import { expect, test } from './slipway.ts';
import { grow, key, pagesOf } from './world.ts';

for (const theme of themes) {
  test(`every page opens clean and readable in the ${theme} theme`, async ({ slipway, as }) => {
    test.setTimeout(400_000);
    const world = await grow(slipway);
    const page = await as('Sam');
    for (const path of [...pagesOf(world), '/settings/people']) {
      await test.step(path, async () => {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await expect(page).toHaveTitle(/ · Slipway$/);
        await expectAccessible(page, [theme]);
      });
    }
  });
}

test('an empty workspace says what each page is for', async ({ slipway, as }) => {
  test.setTimeout(400_000);
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', {});
  const page = await as('Sam');
  for (const path of [
    '/',
    '/projects',
    `/${key}/experiments`,
    `/${key}/backlog`,
    `/${key}/board`,
    `/${key}/sprints`,
    `/${key}/standup`,
    `/${key}/measures`,
    `/${key}/estimates`,
    `/${key}/checkpoints`,
    `/${key}/settings/work`,
    `/${key}/models`,
    `/${key}/reviews`,
    `/${key}/team`,
  ]) {
    await test.step(path, async () => {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expectAccessible(page);
    });
  }
});

test('nothing sticks out on a phone', async ({ slipway, as }) => {
  test.setTimeout(400_000);
  const world = await grow(slipway);
  const page = await as('Dana', '/', { viewport: { width: 390, height: 844 } });
  for (const path of pagesOf(world)) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectNothingSticksOut(page);
  }
});

test('what is not there, or not yours, is said plainly', async ({ slipway, as, watch }) => {
  await grow(slipway);
  await slipway.project('FRAUD', 'Card fraud', { Lev: {} });
  const page = await as('Lev');
  for (const path of ['/NOPE/experiments', '/FRAUD/experiments/999999', `/${key}/experiments`]) {
    watch.expectRefusal(404);
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(/not|nothing/i);
  }
});

test('a link that the client prints leads to the run', async ({ slipway, as }) => {
  const { experiment, run, words } = await grow(slipway);
  const page = await as('Dana');
  for (const base of ['', `/p/${key}`]) {
    await page.goto('about:blank');
    await page.goto(`${slipway.url}${base}/#/experiments/${experiment}/runs/${run}`);
    await expect(page.getByRole('heading', { name: words.run, level: 1 })).toBeVisible();
    await expect(page).toHaveURL(`${slipway.url}/${key}/runs/${run}`);
  }
});

test('runs are sorted, filtered and compared by the address', async ({ slipway, as }) => {
  const { experiment, words } = await grow(slipway);
  const page = await as('Dana', `/${key}/experiments/${experiment}`);
  const rows = region(page, 'Runs').getByRole('row');
  const best = rows.nth(1);
  await region(page, 'Runs').getByRole('columnheader', { name: words.metric }).getByRole('link').click();
  await expect(page).toHaveURL(/sort=/);
  await expect(best).toContainText('0.871');
  await page.reload();
  await expect(best).toContainText('0.871');

  await page.getByLabel(`Select ${words.run}`, { exact: true }).check();
  await expect(page).toHaveURL(/runs=/);
  await expect(page.getByText('1 run selected')).toBeVisible();

  await page.getByLabel('Filter runs').fill(`${words.run} a`);
  await expect(rows).toHaveCount(2);
  await expect(page).toHaveURL(/q=/);
  await page.getByLabel('Filter runs').fill('metrics.auc > 0.8');
  await expect(region(page, 'No run matches')).toContainText("looks for a part of a run's name");
});
