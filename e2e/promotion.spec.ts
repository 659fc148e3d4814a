import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { approve, decide, expectRefused, look, region, seatOf } from './moves.ts';
import { expect, test } from './slipway.ts';
import { grow, key, modelOf, registry } from './world.ts';

test('a changed rule makes a new bundle, and approvals of the old one do not count', async ({
  slipway,
  as,
}) => {
  const { dana, experiment, promotion } = await grow(slipway);
  const tom = await as('Tom');
  await look(tom, `/${key}/promotions/${promotion}`);
  await approve(tom, 'Technical lead', 'As measured.');

  const { rule, version } = await dana.get(`/api/v1/experiments/${experiment}`);
  const { metric, comparator } = rule;
  const change = {
    hypothesis: 'Any support ticket tells who leaves.',
    rule: { metric, comparator, threshold: 0.8512345678, constraints: [], time_box_days: 14 },
  };
  await dana.patch(`/api/v1/experiments/${experiment}`, change, version);
  await expect(seatOf(tom, 'Technical lead').getByText('Approved')).toHaveCount(0);
  await expect(region(tom, 'What is missing')).toContainText(/approval by technical lead/i);

  await expect(region(tom, 'Bundle')).toContainText('auc ≥ 0.8512345678');
  const marks = [
    'The hypothesis was written or changed after the first run.',
    'The rule was changed after the first run.',
  ];
  for (const mark of marks) await expect(region(tom, 'Bundle')).toContainText(mark);
  await tom.goto(`/${key}/reviews/${experiment}`);
  for (const mark of marks) await expect(region(tom, 'What is judged')).toContainText(mark);
});

test('an approval goes to the bundle that was there when its dialog opened', async ({
  slipway,
  as,
  watch,
}) => {
  const { dana, run, promotion } = await grow(slipway);
  const tom = await as('Tom');
  await look(tom, `/${key}/promotions/${promotion}`);
  const bundle = region(tom, 'Bundle');
  const before = await bundle.innerText();
  await tom.getByRole('button', { name: 'Approve as Technical lead' }).click();
  const form = tom.getByRole('dialog', { name: /^Approve as technical lead/ });
  await form.getByLabel('Note').fill('Compared with the figures of the report.');

  await dana.post(`${registry}/runs/log-parameter`, { run_id: run, key: 'seed', value: '7' });
  await expect(bundle).not.toHaveText(before, { useInnerText: true });
  watch.expectRefusal(412);
  await form.getByRole('button', { name: 'Approve' }).click();
  await expect(form.getByRole('alert')).toContainText('changed this after you read it');
  await expect(form.getByLabel('Note')).toHaveValue('Compared with the figures of the report.');
  await form.getByRole('button', { name: 'Cancel' }).click();
  await expect(seatOf(tom, 'Technical lead').getByText('Waiting')).toBeVisible();
  await approve(tom, 'Technical lead', 'Looked at it again.');
});

test('two technical leads decide at once: the second sees what the first decided', async ({
  slipway,
  as,
  watch,
}) => {
  const { experiment } = await grow(slipway);
  await slipway.seat(key, 'Mei', { duties: ['technical_lead'] });
  const path = `/${key}/reviews/${experiment}`;
  const [tom, mei] = [await as('Tom'), await as('Mei')];
  for (const page of [tom, mei]) await look(page, path);
  const card = (page: Page) => page.getByRole('article', { name: 'Technical review' });
  const form = mei.getByRole('dialog', { name: 'Technical review' });
  await card(mei)
    .getByRole('button', { name: /^Decide/ })
    .click();
  await form.getByLabel('Decline', { exact: true }).check();
  await form.getByLabel('Note').fill('The way back was never tried.');
  await decide(tom, 'Technical', { note: 'Repeatable and documented.' });
  await expect(card(mei)).toContainText('Repeatable and documented.');

  watch.expectRefusal(412);
  await form.getByRole('button', { name: 'Save decision' }).click();
  await expect(region(mei, 'Values saved by someone else')).toContainText('Repeatable and documented.');
  await expect(form.getByLabel('Note')).toHaveValue('The way back was never tried.');
  await expectAccessible(mei);
  await form.getByRole('button', { name: 'Save mine' }).click();
  await expect(card(tom)).toContainText('Declined');
});

test('a version that is registered late is told, and taken back', async ({ slipway, as }) => {
  const { dana, experiment, promotion, run, words } = await grow(slipway);
  const tom = await as('Tom');
  await look(tom, `/${key}/promotions/${promotion}`);
  const bundle = region(tom, 'Bundle');
  await expect(bundle).toContainText(`${words.model} 1 is what ${words.model}@production names`);
  await approve(tom, 'Technical lead', 'As measured.');

  const version = { name: words.model, source: modelOf(experiment, run), run_id: run };
  await dana.post(`${registry}/model-versions/create`, version);
  const changed = region(tom, 'Changed since it was asked for');
  await expect(changed).toContainText(`Version 2 of ${words.model} was registered`);
  await expect(bundle).toContainText(`${words.model} 2 is what ${words.model}@production names`);
  await expect(seatOf(tom, 'Technical lead').getByText('Approved')).toHaveCount(0);
  await tom.getByText('Approvals that do not count (1)').click();
  await expectAccessible(tom);

  await dana.delete(`${registry}/model-versions/delete`, { name: words.model, version: '2' });
  await expect(seatOf(tom, 'Technical lead').getByText('Approved')).toBeVisible();
});

test('a declined review stands in the way until it is decided again', async ({ slipway, as }) => {
  const { experiment, promotion } = await grow(slipway);
  const rita = await as('Rita', `/${key}/reviews/${experiment}`);
  const dana = await as('Dana');
  await look(dana, `/${key}/promotions/${promotion}`);
  await decide(rita, 'Ethics', { says: 'Decline', items: 'Fail', note: 'One region is treated worse.' });
  const missing = region(dana, 'What is missing');
  await expect(missing).toContainText('The ethics review was declined');
  await decide(rita, 'Ethics', { note: 'Shown to be within the noise.' });
  await expect(missing).not.toContainText('ethics review');
});

test('one person gives one approval, whatever duties they have', async ({ slipway, as }) => {
  const { promotion } = await grow(slipway);
  await slipway.seat(key, 'Tom', { duties: ['technical_lead', 'security'] });
  const tom = await as('Tom', `/${key}/promotions/${promotion}`);
  await approve(tom, 'Technical lead', 'As measured.');
  await expectRefused(tom.getByRole('button', { name: 'Approve as Security' }), /different person/);
});

test('a closed promotion can be asked for again', async ({ slipway, as }) => {
  const { experiment, promotion } = await grow(slipway);
  const page = await as('Dana', `/${key}/promotions/${promotion}`);
  await page.getByRole('button', { name: 'Close promotion' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close promotion' }).click();
  await expect(page.getByText('Closed').first()).toBeVisible();
  await page.goto(`/${key}/experiments/${experiment}`);
  await expect(page.getByRole('button', { name: 'Ask for promotion' })).toBeEnabled();
});

test('asking again replaces the open promotion, and says so before and after', async ({ slipway, as }) => {
  const { experiment, run, promotion } = await grow(slipway);
  const tom = await as('Tom');
  await look(tom, `/${key}/promotions/${promotion}`);
  const dana = await as('Dana', `/${key}/experiments/${experiment}`);
  await expect(region(dana, 'Runs')).toBeVisible();
  await dana.keyboard.press('Control+k');
  const palette = dana.getByRole('dialog', { name: 'Command palette' });
  await expect(palette.getByRole('option', { name: 'Replace the open promotion' })).toBeVisible();
  await dana.keyboard.press('Escape');
  await dana.goto(`/${key}/runs/${run}`);
  await dana.getByRole('button', { name: 'Ask for promotion' }).click();
  const form = dana.getByRole('dialog', { name: 'Ask for promotion' });
  await expect(form).toContainText('A promotion to production is open. A new one takes its place');
  await expectAccessible(dana);
  await form.getByLabel('Roll back to').fill('churn-scorer 1.4.2');
  await form.getByRole('button', { name: 'Ask for promotion' }).click();
  await expect(dana.getByRole('heading', { name: /^Promotion:/ })).toBeVisible();

  await expect(tom.getByText('A newer promotion took the place of this one')).toBeVisible();
  await expect(seatOf(tom, 'Technical lead').getByText('Not given')).toBeVisible();
  await expectAccessible(tom);
  await tom.getByRole('link', { name: 'Open the newer promotion' }).click();
  await expect(tom).toHaveURL(dana.url());
  await expect(seatOf(tom, 'Technical lead').getByText('Waiting')).toBeVisible();
});

test('a promotion goes out in phases and within limits of its own', async ({ slipway, as, watch }) => {
  const { experiment, promotion } = await grow(slipway);
  const page = await as('Dana', `/${key}/promotions/${promotion}`);
  await page.getByRole('button', { name: 'Close promotion' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close promotion' }).click();
  await page.goto(`/${key}/experiments/${experiment}`);
  await page.getByRole('button', { name: 'Ask for promotion' }).click();
  const form = page.getByRole('dialog', { name: 'Ask for promotion' });
  const ask = form.getByRole('button', { name: 'Ask for promotion' });
  await form.getByLabel('Roll back to').fill('churn-scorer 1.4.2');

  await form.getByLabel('With phases of its own').press('Space');
  await form.getByRole('button', { name: 'Remove phase 3' }).press('Enter');
  await form.getByLabel('Phase 2', { exact: true }).fill('one region');
  await form.getByRole('button', { name: 'Add a limit' }).press('Enter');
  await form.getByLabel('Metric of limit 1').fill('p95_latency_ms');
  await form.getByLabel('Threshold of limit 1').fill('120');
  await form.getByLabel('Minutes until limit 1 counts').fill('5');
  await expectAccessible(page);
  watch.expectRefusal(400);
  await ask.click();
  await expect(form.getByRole('alert')).toHaveText(
    'The traffic of phase 2 must be given for a phase of this name.',
  );
  await form.getByLabel('Traffic of phase 2 in %').fill('10, 30');
  watch.expectRefusal(400);
  await ask.click();
  await expect(form.getByRole('alert')).toHaveText('The phases must end with 100 percent of the traffic.');
  await form.getByLabel('Traffic of phase 2 in %').fill('10, 30, 100');
  await form.getByText('What ends phase 2').click();
  await form.getByLabel('Phase 2 stops when').fill('The region calls.');
  await ask.click();
  await expect(page.getByRole('heading', { name: /^Promotion:/ })).toBeVisible();

  const { plan } = await slipway.admin.get(
    `/api/v1/promotions/${new URL(page.url()).pathname.split('/').at(-1)}`,
  );
  const [shadow, region, ...none] = plan.phases;
  expect(none).toEqual([]);
  expect([shadow.name, shadow.steps]).toEqual(['shadow', [0]]);
  expect([region.name, region.steps, region.stop]).toEqual([
    'one region',
    [10, 30, 100],
    'The region calls.',
  ]);
  const latency = { metric: 'p95_latency_ms', comparator: '<=', threshold: 120, for_minutes: 5 };
  expect(plan.limits).toContainEqual(latency);
  expect(plan.limits.filter(({ metric }: { metric: string }) => metric === latency.metric)).toHaveLength(1);
});
