// What was learned and how work flowed: without estimates, for whoever asks.
import { ClientRun } from './api.ts';
import { expectAccessible, themes } from './axe.ts';
import { expectNothingSticksOut, look, region } from './moves.ts';
import { expect, test } from './slipway.ts';
import { key, team } from './world.ts';

const project = `/api/v1/projects/${key}`;

test('the measures tell what was learned and how work flows', async ({ slipway, as }) => {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  const page = await as('Rita', `/${key}/measures`);
  await expect(region(page, 'Nothing to measure yet')).toContainText('No estimates are needed.');
  await expectAccessible(page);

  const rule = { metric: 'recall', comparator: '>=', threshold: 0.75, constraints: [], time_box_days: 10 };
  const bet = { name: 'Devices tell', hypothesis: 'Devices tell who cheats.', rule };
  const { id: experiment } = await dana.post(`${project}/experiments`, bet);
  const run = await ClientRun.start(dana, experiment, 'devices');
  await run.metric('recall', 0.8);
  await run.finish();
  const titles = Array.from({ length: 7 }, (_, number) => `Train ${number + 1}`);
  await dana.post(`${project}/items/batch`, { lines: titles.join('\n') });
  const to = (number: number, status: string) => dana.post(`/api/v1/items/${key}-${number}/move`, { status });
  for (let number = 1; number <= 6; number++) await to(number, 'In progress');
  for (let number = 1; number <= 5; number++) await to(number, 'Done');

  await look(page, `/${key}/measures`);
  const hypotheses = region(page, 'Hypotheses');
  await expect(hypotheses).toContainText('1 hypothesis was decided: 1 supported, 0 refuted.');
  await expect(hypotheses.getByRole('link', { name: 'Devices tell' })).toBeVisible();
  const done = region(page, 'What gets done');
  await expect(done).toContainText('5 items done in 90 days');
  await expect(done.getByRole('img', { name: /^5 items done in 90 days/ })).toBeVisible();
  await done.getByText('Week by week').click();
  await expect(done.getByRole('table', { name: 'Items done by week' }).getByRole('row').last()).toContainText(
    '5',
  );
  await expect(region(page, 'How long items take')).toContainText(/Half of them took [12] days? or fewer/);
  const work = region(page, 'In work today');
  await expect(work).toContainText('1 item is in work; none is older than usual.');
  await expect(region(page, 'Work and waiting')).toContainText(/[Aa]ll of the time was work/);

  // It is read again when something is done.
  await to(6, 'Done');
  await expect(done).toContainText('6 items done in 90 days');
  await expect(work).toContainText('Nothing is in work');
  for (const theme of themes) await expectAccessible(page, [theme]);

  // An admin says where work waits.
  const sam = await as('Sam', `/${key}/settings/work`);
  await expect(region(sam, 'Statuses')).toContainText('In review');
  await sam.keyboard.press('e');
  const statuses = sam.getByRole('dialog', { name: `Statuses of ${key}` });
  await statuses.getByLabel('Work waits here').last().check();
  await statuses.getByRole('button', { name: 'Save' }).click();
  await expect(region(sam, 'Statuses').getByRole('row', { name: /In review/ })).toContainText(
    'Work waits here',
  );
  await expect(region(page, 'Work and waiting')).not.toContainText('No status is marked');
});

test('the days that are measured stand in the address', async ({ slipway, as }) => {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  await dana.post(`${project}/items`, { title: 'Train', status: 'Done' });
  const page = await as('Dana', `/${key}/board`, { viewport: { width: 390, height: 844 } });
  await expect(page.getByRole('heading', { name: 'Board', level: 1 })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await expect(page.getByRole('heading', { name: 'Measures', level: 1 })).toBeVisible();
  await page.getByRole('link', { name: '30 days' }).click();
  await expect(region(page, 'What gets done')).toContainText('1 item done in 30 days');
  await page.getByLabel('From').fill('2026-01-05');
  await page.getByLabel('to', { exact: true }).fill('2026-01-11');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(/from=2026-01-05&to=2026-01-11/);
  await expect(region(page, 'Nothing to measure in these days')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('From')).toHaveValue('2026-01-05');
  await expectNothingSticksOut(page);
  const table = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  expect((await table).suggestedFilename()).toBe(`${key}-measures.csv`);
});
