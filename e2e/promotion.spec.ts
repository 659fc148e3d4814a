import { approve, decide, expectRefused, look, region, seatOf } from './moves.ts';
import { expect, test } from './slipway.ts';
import { grow, key } from './world.ts';

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
  const change = { rule: { metric, comparator, threshold: 0.85, constraints: [], time_box_days: 14 } };
  await dana.patch(`/api/v1/experiments/${experiment}`, change, version);
  await expect(seatOf(tom, 'Technical lead').getByText('Approved')).toHaveCount(0);
  await expect(region(tom, 'What is missing')).toContainText(/approval by technical lead/i);
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
