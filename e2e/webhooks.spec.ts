import { expectAccessible } from './axe.ts';
import { nobody } from './server.ts';
import { expect, test } from './slipway.ts';
import { grow, key } from './world.ts';

test('a webhook is made, tested, sent again and deleted, and its secret is never shown', async ({
  slipway,
  as,
  watch,
}) => {
  await grow(slipway);
  const page = await as('Sam', `/${key}/settings`);
  await page.getByRole('link', { name: 'webhooks of this project' }).click();
  await expect(page.getByText('No webhooks yet')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('button', { name: 'New webhook' }).click();
  const dialog = page.getByRole('dialog', { name: 'New webhook' });
  await dialog.getByLabel('Name').fill('ci');
  await dialog.getByLabel('Address').fill('https://localhost:1/hook');
  await dialog.getByLabel('Secret').fill('hush hush hush');
  await dialog.getByLabel('model_version.created').check();
  watch.expectRefusal(400);
  await dialog.getByRole('button', { name: 'Save webhook' }).click();
  await expect(dialog.getByRole('alert')).toContainText('not a public address');
  await expectAccessible(page);
  await dialog.getByLabel('Address').fill(`https://${nobody}/hook`);
  await dialog.getByRole('button', { name: 'Save webhook' }).click();
  await page.getByRole('link', { name: 'ci', exact: true }).click();
  await expect(page.getByText('with a secret')).toBeVisible();

  await page.getByRole('button', { name: 'Send a test' }).click();
  const deliveries = page.getByRole('table', { name: 'Deliveries' });
  const sent = deliveries.getByRole('row').filter({ hasText: 'model_version.created' });
  await expect(sent).toContainText('Failed');
  await sent.getByText('model_version.created (test)').click();
  await expect(sent).toContainText('example_model');
  await expectAccessible(page);
  await sent.getByRole('button', { name: 'Send model_version.created again' }).click();
  await expect(sent).toContainText('Waiting');
  await expect(page.locator('body')).not.toContainText('hush');

  const dana = await as('Dana', `/${key}/settings`);
  await expect(dana.getByRole('heading', { name: 'Milestones' })).toBeVisible();
  await expect(dana.getByRole('link', { name: 'webhooks of this project' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete webhook' }).click();
  await expect(page.getByText('No webhooks yet')).toBeVisible();
});
