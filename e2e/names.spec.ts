// Names are what people and their scripts type. They are shown as they are, run nothing and break no page.
import type { Page } from '@playwright/test';
import { expectNothingSticksOut } from './moves.ts';
import { expect, test } from './slipway.ts';
import { grow, key, pagesOf, type World } from './world.ts';

const evil = `<img src=x onerror="document.title='broken into'"><script>document.title='broken into'</script>`;
const long = `${'Wide-as-a-barn-door '.repeat(9)}${'x'.repeat(20)}`;

async function openAll(page: Page, world: World): Promise<void> {
  for (const path of pagesOf(world)) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page).not.toHaveTitle('broken into');
    await expectNothingSticksOut(page);
  }
}

test('markup in names stays text', async ({ slipway, as }) => {
  const world = await grow(slipway, {
    project: evil,
    experiment: evil,
    hypothesis: evil,
    run: evil,
    param: 'p',
    value: evil,
    document: evil,
    team: evil,
    model: 'scorer <b>&amp;',
    file: 'page.html',
  });
  const page = await as('Dana');
  await openAll(page, world);
  await page.goto(pagesOf(world)[3]);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(evil);
});

test('an uploaded page is not served as a page', async ({ slipway, as }) => {
  const { run } = await grow(slipway, { file: 'page.html', document: evil });
  const page = await as('Dana');
  const content = `/api/v1/runs/${run}/artifacts/content?path=page.html`;
  const whole = await page.request.get(content);
  expect(whole.headers()['content-disposition']).toMatch(/^attachment/);
  const shown = await page.request.get(`${content}&inline=1`);
  expect(shown.headers()['content-type']).toMatch(/^text\/plain/);
  expect(shown.headers()['content-security-policy']).toContain('sandbox');
  expect(shown.headers()['x-content-type-options']).toBe('nosniff');
});

test('names of 200 characters break no page', async ({ slipway, as }) => {
  expect(long.length).toBe(200);
  const words = {
    project: long,
    experiment: long,
    run: long,
    model: long,
    team: long.slice(0, 100),
    hypothesis: long,
  };
  const world = await grow(slipway, words);
  await openAll(await as('Dana'), world);
});

test('words without a space break no page, on a phone neither', async ({ slipway, as }) => {
  test.setTimeout(400_000);
  const solid = 'x'.repeat(200);
  const names = {
    project: solid,
    experiment: solid,
    run: solid,
    model: solid,
    hypothesis: solid,
    param: solid,
  };
  const world = await grow(slipway, {
    ...names,
    metric: 'm'.repeat(150),
    team: solid.slice(0, 100),
    value: solid,
  });
  for (const who of [`Mara${'-mara'.repeat(9)}`, 'O'.repeat(60)])
    await slipway.seat(key, who, { role: 'viewer', duties: ['security', 'ethics_reviewer'] });
  const tom = await slipway.api('Tom');
  await tom.put(`/api/v1/promotions/${world.promotion}/approval`, { duty: 'technical_lead', note: solid });
  const page = await as('Dana');
  await openAll(page, world);
  await page.goto(`/${key}/experiments`);
  const row = page.getByRole('row', { name: /xxx/ });
  await expect(row).toBeVisible();
  expect((await row.boundingBox())!.height, 'a long rule is cut').toBeLessThan(200);
  const owner = page.getByLabel('Owner');
  expect((await owner.boundingBox())!.width, 'a long name leaves room for other filters').toBeLessThan(230);

  await page.setViewportSize({ width: 390, height: 844 });
  await openAll(page, world);
  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'Create token' }).click();
  const form = page.getByRole('dialog').locator('form');
  await expect(form).toBeVisible();
  const sticksOut = await form.evaluate((fields) => fields.scrollWidth - fields.clientWidth);
  expect(sticksOut, 'a long name of a project keeps within the dialog').toBeLessThanOrEqual(0);
});
