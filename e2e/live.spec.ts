// Pages follow what happens without being loaded again.
import { ClientRun } from './api.ts';
import { look } from './moves.ts';
import { expect, test } from './slipway.ts';
import { grow, key } from './world.ts';

test('a list grows under the eyes of its readers, and only of those who may read it', async ({
  slipway,
  as,
}) => {
  const { dana } = await grow(slipway);
  await slipway.project('FRAUD', 'Card fraud', { Lev: {} });
  const [tom, lev] = [await as('Tom'), await as('Lev')];
  await look(tom, `/${key}/experiments`);
  await look(lev, '/FRAUD/experiments');
  const heard: string[] = [];
  await lev.exposeFunction('heard', (data: string) => heard.push(data));
  await lev.evaluate(() => {
    const stream = new EventSource('/api/v1/live');
    const { heard } = window as unknown as { heard: (data: string) => void };
    stream.addEventListener('changed', (message) => heard(message.data));
    return new Promise((resolve) => (stream.onopen = resolve));
  });
  const name = 'Prices explain it better';
  await dana.post(`/api/v1/projects/${key}/experiments`, {
    name,
    hypothesis: name,
    owner: 'dana@slipway.test',
  });
  await expect(tom.getByRole('link', { name })).toBeVisible();
  const hisScript = await slipway.api('Lev');
  await hisScript.post('/api/v1/projects/FRAUD/experiments', {
    name: 'His',
    hypothesis: 'His',
    owner: 'lev@slipway.test',
  });
  await expect(lev.getByRole('link', { name: 'His' })).toBeVisible();
  expect(heard.join()).not.toContain('experiment:2');
});

test('what somebody writes stays as it is while the page behind it grows', async ({ slipway, as }) => {
  const { dana, experiment } = await grow(slipway);
  const tom = await as('Tom');
  await look(tom, `/${key}/experiments`);
  await tom.getByRole('button', { name: 'Propose experiment' }).click();
  const form = tom.getByRole('dialog', { name: 'Propose an experiment' });
  await form.getByLabel('Hypothesis').fill('Prices explain it better.');
  await form.getByLabel('Metric of the rule').fill('recall');
  const run = await ClientRun.start(dana, experiment, 'meanwhile');
  await run.finish();
  await expect(tom.getByRole('row', { name: /Support tickets/ })).toContainText('3');
  await expect(form.getByLabel('Hypothesis')).toHaveValue('Prices explain it better.');
  await expect(form.getByLabel('Metric of the rule')).toHaveValue('recall');
});

test('what changed before the stream was open is shown, too', async ({ slipway, as }) => {
  const { dana } = await grow(slipway);
  const tom = await as('Tom');
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  await tom.route('**/api/v1/live*', async (route) => {
    await opened;
    await route.continue();
  });
  const asked = tom.waitForRequest('**/api/v1/live*');
  await tom.goto(`/${key}/experiments`);
  await expect(tom.getByRole('main').getByRole('row')).toHaveCount(2);
  await asked;
  const name = 'Prices explain it better';
  await dana.post(`/api/v1/projects/${key}/experiments`, {
    name,
    hypothesis: name,
    owner: 'dana@slipway.test',
  });
  await expect(tom.getByRole('link', { name })).toHaveCount(0);
  open();
  await expect(tom.getByRole('link', { name })).toBeVisible();
});

test('what cannot be read again stays on the page, and is read once that works', async ({
  slipway,
  as,
  watch,
}) => {
  const { dana } = await grow(slipway);
  const tom = await as('Tom');
  await look(tom, `/${key}/experiments`);
  watch.expectRefusal(500);
  await tom.route(`**/api/v1/projects/${key}/experiments*`, (route) => route.fulfill({ status: 500 }), {
    times: 1,
  });
  const name = 'Prices explain it better';
  await dana.post(`/api/v1/projects/${key}/experiments`, {
    name,
    hypothesis: name,
    owner: 'dana@slipway.test',
  });
  await expect(tom.getByText('This could not be read again and may be old.')).toBeVisible();
  await expect(tom.getByRole('main').getByRole('row')).toHaveCount(2);
  await expect(tom.getByRole('link', { name })).toBeVisible();
  await expect(tom.getByText('This could not be read again and may be old.')).toHaveCount(0);
});
