import { expectAccessible } from './axe.ts';
import { Api, ClientRun } from './api.ts';
import { region } from './moves.ts';
import { email, expect, password, test } from './slipway.ts';
import { grow, key } from './world.ts';

test('from the first project to the first run of somebody invited', async ({ slipway, as, window }) => {
  await slipway.setUp();
  const sam = await as('Sam', '/projects');
  await sam.getByRole('button', { name: 'New project' }).first().click();
  const form = sam.getByRole('dialog', { name: 'New project' });
  await expectAccessible(sam);
  await form.getByLabel('Key').fill(key);
  await form.getByLabel('Name', { exact: true }).fill('Churn early warning');
  await form.getByRole('button', { name: 'Create project' }).click();

  await expect(sam).toHaveURL(`/${key}/team`);
  await sam.getByRole('button', { name: 'Add member' }).click();
  const seat = sam.getByRole('dialog', { name: 'Add a member' });
  await seat.getByLabel('E-mail').fill(email('Dana'));
  await seat.getByLabel('Scrum master').check();
  await expectAccessible(sam);
  await seat.getByRole('button', { name: 'Save member' }).click();
  const shown = sam.getByRole('dialog', { name: 'Invitation link' });
  const link = (await shown.getByRole('region').innerText()).trim();
  await shown.getByRole('button', { name: 'I have kept it' }).click();
  await expect(sam.getByRole('row', { name: new RegExp(email('Dana')) })).toContainText('Invited');

  const dana = await window('Dana');
  await dana.goto(link);
  await dana.getByLabel('Your name').fill('Dana');
  await dana.getByLabel('Password').fill(password);
  await dana.getByRole('button', { name: 'Set password and sign in' }).click();
  await expect(dana.getByRole('heading', { name: 'Home' })).toBeVisible();
  await expect(sam.getByRole('row', { name: /Dana/ })).not.toContainText('Invited');

  await dana.getByRole('link', { name: 'Tokens' }).click();
  await dana.getByRole('button', { name: 'Create token' }).click();
  await dana.getByRole('dialog').getByLabel('Name').fill('Notebook');
  await dana.getByRole('dialog').getByLabel('Project').selectOption(key);
  await dana.getByRole('dialog').getByRole('button', { name: 'Create token' }).click();
  const once = dana.getByRole('dialog', { name: 'Your new token' });
  const secret = (await once.getByRole('region', { name: 'token', exact: true }).innerText()).trim();
  await expect(once).toContainText(`MLFLOW_TRACKING_URI=${slipway.url}/p/${key}`);
  await expectAccessible(dana);
  await once.getByRole('button', { name: 'I have kept it' }).click();
  await expect(dana.getByText(secret)).toHaveCount(0);

  const client = new Api(slipway.url, { Authorization: `Bearer ${secret}` });
  const made = await client.post('/api/2.0/mlflow/experiments/create', { name: 'From a notebook' });
  await ClientRun.start(client, made.experiment_id, 'first');
  await dana.goto(`/${key}/experiments`);
  await dana.getByRole('link', { name: 'From a notebook' }).click();
  await expect(region(dana, 'Runs').getByRole('row', { name: /first/ })).toBeVisible();

  await dana.goto('/settings/tokens');
  await dana.getByRole('button', { name: 'Revoke Notebook' }).click();
  await dana.getByRole('dialog').getByRole('button', { name: 'Revoke token' }).click();
  await expect(dana.getByRole('row', { name: /Notebook/ })).toHaveCount(0);
  const refusal = await client.refused(client.get('/api/v1/me'));
  expect(refusal.status).toBe(401);
});

test('who may not administer is told so, and a removed member sees nothing any more', async ({
  slipway,
  as,
  watch,
}) => {
  await grow(slipway);
  const tom = await as('Tom', `/${key}/team`);
  const add = tom.getByRole('button', { name: 'Add member' });
  await expect(add).toHaveAttribute('aria-disabled', 'true');

  const sam = await as('Sam', `/${key}/team`);
  await sam.getByRole('button', { name: 'Remove Tom' }).click();
  await sam.getByRole('dialog').getByRole('button', { name: 'Remove member' }).click();
  await expect(sam.getByRole('row', { name: /Tom/ })).toHaveCount(0);
  watch.expectRefusal(404);
  await tom.goto(`/${key}/experiments`);
  await expect(tom.getByRole('heading', { level: 1 })).toContainText(/not|nothing/i);
});

test('signing out ends the session', async ({ slipway, as, watch }) => {
  await grow(slipway);
  const page = await as('Dana', `/${key}/experiments`);
  await page.getByRole('button', { name: 'Account of Dana' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/signin/);
  watch.expectRefusal(401);
  await page.goto(`/${key}/experiments`);
  await expect(page).toHaveURL(/\/signin/);
});
