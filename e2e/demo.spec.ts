// What somebody sees who has just typed `make run`.
import { expectAccessible } from './axe.ts';
import { approve, region } from './moves.ts';
import { startDemo, type Demo } from './server.ts';
import { expect, test as base } from './slipway.ts';

const test = base.extend<{ demo: Demo }>({
  demo: async ({}, use) => {
    const demo = await startDemo();
    await use(demo);
    await demo.stop();
  },
});

test('the demo shows bets in every state, and lets one decide', async ({ browser, demo, watch }) => {
  test.setTimeout(400_000);
  const context = await browser.newContext({ baseURL: demo.url });
  await watch.over(context, 'Sol');
  const page = await context.newPage();

  await page.goto('/signin');
  await page.getByLabel('E-mail').fill('sol@example.org');
  await page.getByLabel('Password').fill(demo.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(region(page, 'Waits for you').getByRole('listitem')).not.toHaveCount(0);
  await expectAccessible(page);

  await region(page, 'Waits for you').getByRole('link').first().click();
  await expect(page.getByRole('heading', { name: /^Promotion:/ })).toBeVisible();
  await expectAccessible(page, ['dark']);
  await approve(page, 'Security', 'Looked at the artifacts.');
  await expect(region(page, 'Deployment plan')).toBeVisible();
  await expectAccessible(page);

  for (const key of ['SCREEN', 'DIGITS']) {
    await page.goto(`/${key}/experiments`);
    const bets = page.getByRole('main').getByRole('table').getByRole('link');
    const paths = await bets.evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
    for (const path of new Set(paths.filter((each) => /experiments\/\d+$/.test(each)))) {
      await page.goto(path);
      await expect(page.locator('canvas').first()).toBeVisible();
      await expectAccessible(page, ['light']);
    }
  }
  await context.close();
});
