import { readFile } from 'node:fs/promises';
import { expectAccessible } from './axe.ts';
import { ClientRun } from './api.ts';
import { look, region } from './moves.ts';
import { expect, test } from './slipway.ts';
import { grow, key } from './world.ts';

test('two people edit the same hypothesis: the second sees what the first saved', async ({
  slipway,
  as,
  watch,
}) => {
  const { experiment } = await grow(slipway);
  const path = `/${key}/experiments/${experiment}`;
  const [dana, tom] = [await as('Dana', path), await as('Tom', path)];
  for (const page of [dana, tom]) await page.getByRole('button', { name: 'Edit the hypothesis' }).click();
  await dana.getByRole('textbox', { name: 'Hypothesis' }).fill('Tickets of the last month are enough.');
  await dana.getByRole('button', { name: 'Save', exact: true }).click();

  await tom.getByRole('textbox', { name: 'Hypothesis' }).fill('Tickets of the last quarter are needed.');
  watch.expectRefusal(412);
  await tom.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(region(tom, 'Values saved by someone else')).toContainText('the last month');
  await tom.getByRole('button', { name: 'Save mine' }).click();
  for (const page of [dana, tom])
    await expect(page.getByText('Tickets of the last quarter are needed.').first()).toBeVisible();
});

test('a rule changed after the first run stays marked', async ({ slipway, as }) => {
  const { experiment } = await grow(slipway);
  const page = await as('Dana', `/${key}/experiments/${experiment}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: /Edit name/ }).click();
  const form = page.getByRole('dialog', { name: 'Edit experiment' });
  await expectAccessible(page);
  await form.getByLabel('Threshold of the rule').fill('0.9');
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(region(page, 'Verdict')).toContainText('changed after the first run');
  await expect(region(page, 'Verdict').getByText('Supported', { exact: true })).toHaveCount(0);
});

test('a deleted run leaves the table and comes back', async ({ slipway, as }) => {
  const { experiment, run, words } = await grow(slipway);
  const page = await as('Dana', `/${key}/runs/${run}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete run' }).click();
  await expect(page).toHaveURL(new RegExp(`/${key}/experiments/${experiment}`));
  const runs = region(page, 'Runs').getByRole('row');
  await expect(runs).toHaveCount(2);
  await page.goto(`/${key}/runs/${run}`);
  await page.getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByRole('button', { name: 'Restore' })).toHaveCount(0);
  await page.goto(`/${key}/experiments/${experiment}`);
  await expect(runs).toHaveCount(3);
  await expect(region(page, 'Verdict')).toContainText(words.run);
});

test('files are looked at without being run', async ({ slipway, as }) => {
  const { dana, experiment } = await grow(slipway);
  const run = await ClientRun.start(dana, experiment, 'with files');
  await run.artifact('notes.txt', 'Plain words.');
  await run.artifact('table.csv', 'segment,auc\nyoung,0.87\nold,0.86\n');
  await run.artifact('empty.txt', '');
  await run.artifact('page.html', '<h1 id="injected">Not a page</h1>');
  await run.artifact('model/model.pkl', 'cos\nsystem\n');
  await run.finish();
  const page = await as('Dana', `/${key}/runs/${run.id}`);
  const files = region(page, 'Artifacts');
  await files.getByRole('link', { name: /notes.txt/ }).click();
  await expect(region(page, 'Preview of notes.txt')).toContainText('Plain words.');
  await files.getByRole('link', { name: /table.csv/ }).click();
  await expect(files.getByRole('cell', { name: 'young' })).toBeVisible();
  await files.getByRole('link', { name: /empty.txt/ }).click();
  await expect(region(page, 'Preview of empty.txt')).toContainText('The file is empty.');
  await files.getByRole('link', { name: /page.html/ }).click();
  await expect(region(page, 'Preview of page.html')).toBeVisible();
  await expect(page.locator('#injected')).toHaveCount(0);
  await files.getByText('model', { exact: true }).click();
  await files.getByRole('link', { name: /model.pkl/ }).click();
  await expect(region(page, 'Preview of model/model.pkl')).toContainText('can run code');
  await expectAccessible(page);

  await files.getByRole('link', { name: /notes.txt/ }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    region(page, 'Preview of notes.txt').getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(await readFile(await download.path(), 'utf8')).toBe('Plain words.');
});

test('an open run follows its metrics, and a chart has a table behind it', async ({ slipway, as }) => {
  const { dana, experiment } = await grow(slipway);
  const run = await ClientRun.start(dana, experiment, 'live');
  await run.metric('loss', 0.9, 0);
  const page = await as('Dana');
  await look(page, `/${key}/runs/${run.id}`);
  await expect(page.getByText('Running').first()).toBeVisible();
  for (const [step, loss] of [0.5, 0.31, 0.125].entries()) await run.metric('loss', loss, step + 1);
  await expect(page.getByText('0.125').first()).toBeVisible();
  await run.finish('FAILED');
  await expect(page.getByText('Failed').first()).toBeVisible();
});

test('the table of runs leaves as a file that no spreadsheet executes', async ({ slipway, as }) => {
  const { experiment } = await grow(slipway, { value: '=HYPERLINK("http://evil","x")' });
  const page = await as('Dana', `/${key}/experiments/${experiment}`);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    region(page, 'Runs').getByRole('link', { name: 'CSV' }).click(),
  ]);
  const text = await readFile(await download.path(), 'utf8');
  expect(text).toContain('HYPERLINK');
  expect(text).not.toMatch(/(^|,|")=HYPERLINK/m);

  await region(page, 'Runs').getByRole('button', { name: 'Export Metrics' }).click();
  const [points] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export metrics (CSV)' }).click(),
  ]);
  expect(points.suggestedFilename()).toBe(`experiment-${experiment}-metrics.csv`);
  expect(await readFile(await points.path(), 'utf8')).toMatch(
    /^run_id,run_name,key,step,timestamp,value\r\n/,
  );
});

test('of many runs only those near the screen are in the page, and none is lost', async ({ slipway, as }) => {
  test.slow();
  const { dana, experiment, words } = await grow(slipway);
  const many = Array.from({ length: 300 }, (_, place) => `sweep-${place}`);
  await Promise.all(many.map((name) => ClientRun.start(dana, experiment, name)));
  const page = await as('Dana', `/${key}/experiments/${experiment}?show=400&sort=name:asc`);
  const table = region(page, 'Runs').getByRole('table');
  await expect(table).toHaveAttribute('aria-rowcount', '303');
  await expect(page.getByLabel(`Select ${words.run} a`)).toBeVisible();
  expect(await table.getByRole('row').count()).toBeLessThan(200);
  await expectAccessible(page);

  const last = page.getByRole('link', { name: 'sweep-99', exact: true });
  await expect(last).toHaveCount(0);
  await page.keyboard.press('End');
  await expect(last).toBeVisible();
  await expect(table.getByRole('row').last()).toHaveAttribute('aria-rowindex', '303');
  await page.getByLabel('Select sweep-98', { exact: true }).press('Space');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Select sweep-99', { exact: true })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page.getByText('2 runs selected')).toBeVisible();
  await page.keyboard.press('Home');
  await expect(page.getByLabel(`Select ${words.run} a`)).toBeVisible();
  await page.getByLabel('Select all runs shown').check();
  await expect(page.getByText('302 runs selected')).toBeVisible();
});

test('a chart zooms by asking the server again', async ({ slipway, as }) => {
  const { dana, experiment } = await grow(slipway);
  const run = await ClientRun.start(dana, experiment, 'long');
  const at = Date.now();
  for (const thousand of [0, 1, 2, 3]) {
    const point = (nth: number) => ({ key: 'loss', value: 1 / (nth + 1), step: nth, timestamp: at + nth });
    const metrics = Array.from({ length: 1000 }, (_, nth) => point(thousand * 1000 + nth));
    await dana.post('/api/2.0/mlflow/runs/log-batch', { run_id: run.id, metrics });
  }
  const page = await as('Dana', `/${key}/runs/${run.id}`);
  const charts = region(page, 'Charts');
  const zoom = charts.getByRole('form', { name: 'Zoom' });
  const points = async () => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      charts.getByRole('button', { name: 'Save loss as CSV' }).click(),
    ]);
    return (await readFile(await file.path(), 'utf8')).split('\r\n').length - 1;
  };
  const atFirst = await points();
  expect(atFirst).toBeLessThanOrEqual(800);

  await zoom.getByLabel('Steps from').fill('1000');
  await zoom.getByLabel('to', { exact: true }).fill('1499');
  await zoom.getByLabel('to', { exact: true }).press('Enter');
  await expect(page).toHaveURL(/from=1000&to=1499/);
  await expect.poll(points).toBe(500);
  await expectAccessible(page);
  await page.reload();
  await expect(zoom.getByLabel('Steps from')).toHaveValue('1000');

  const box = (await charts.getByRole('img', { name: 'loss of long' }).boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 60, y, { steps: 5 });
  await page.mouse.up();
  await expect(page).not.toHaveURL(/from=1000&to=1499/);
  await expect(page).toHaveURL(/from=1[0-4]\d\d&to=1[0-4]\d\d/);
  const { searchParams } = new URL(page.url());
  const steps = Number(searchParams.get('to')) - Number(searchParams.get('from')) + 1;
  await expect.poll(points).toBe(steps);

  await zoom.getByLabel('Steps from').fill('9000');
  await run.metric('accuracy', 0.5);
  await expect(region(page, 'Metrics').getByText('accuracy')).toBeVisible();
  await expect(zoom.getByLabel('Steps from'), 'the page read again').toHaveValue('9000');
  await zoom.getByLabel('to', { exact: true }).fill('9999');
  await zoom.getByRole('button', { name: 'Zoom' }).click();
  await expect(charts).toContainText('Nothing was logged in these steps.');
  await zoom.getByRole('button', { name: 'Show all steps' }).click();
  await expect(page).not.toHaveURL(/from=/);
  await expect.poll(points).toBe(atFirst);
});
