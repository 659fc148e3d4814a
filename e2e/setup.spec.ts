import { expectAccessible } from './axe.ts';
import { email, expect, password, test } from './slipway.ts';

test('the printed link opens a workspace, and works once', async ({ slipway, window }) => {
  const page = await window('Sam');
  await page.goto('/signin');
  await expect(page.getByText('When it started, it printed a one-time link.')).toBeVisible();
  await expect(page.getByRole('textbox')).toHaveCount(0);
  await page.goto(slipway.setupLink);
  await expectAccessible(page);
  await expect(page.getByLabel('Your name')).toBeFocused();
  await page.getByLabel('Your name').fill('Sam');
  await page.getByLabel('E-mail').fill(email('Sam'));
  await page.getByLabel('Password').fill(password);
  await page.getByLabel('Workspace name').fill('Harbour');
  await page.getByRole('button', { name: 'Create the workspace' }).click();
  await expect(page).toHaveURL(`${slipway.url}/`);
  await expect(
    page.getByRole('navigation').getByRole('link', { name: 'Projects', exact: true }),
  ).toBeVisible();

  await page.goto('about:blank');
  await page.goto(slipway.setupLink);
  await expect(page.getByText('This server is set up already.')).toBeVisible();
});

test('who is not signed in is asked to, and comes back to the page', async ({ slipway, window, watch }) => {
  await slipway.setUp();
  await slipway.project('CHURN', 'Churn early warning', {});
  const page = await window('Sam');
  watch.expectRefusal(401);
  await page.goto('/CHURN/experiments');
  await expect(page).toHaveURL(/\/signin/);
  await expectAccessible(page);

  await page.getByLabel('E-mail').fill(email('Sam'));
  await page.getByLabel('Password').fill('not the password at all');
  watch.expectRefusal(401);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();

  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${slipway.url}/CHURN/experiments`);
});

test('an invited person chooses a password and sees the project', async ({ slipway, window, watch }) => {
  await slipway.setUp();
  await slipway.project('CHURN', 'Churn early warning', {});
  const member = { role: 'member', trades: [], duties: [] };
  const path = `/api/v1/projects/CHURN/members/${email('Dana')}`;
  const { invite_url } = await slipway.admin.put(path, member);

  const page = await window('Dana');
  await page.goto(invite_url);
  await expect(page.getByText(`For ${email('Dana')}.`)).toBeVisible();
  await expectAccessible(page);
  await expect(page.getByLabel('Your name')).toBeFocused();
  await page.getByLabel('Your name').fill('Dana');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await expect(page).toHaveURL(`${slipway.url}/`);
  await expect(page.getByText('Churn early warning').first()).toBeVisible();

  // A link works once, and one that does not says so before anybody fills in a form.
  for (const link of [invite_url, `${slipway.url}/invite#garbage`]) {
    watch.expectRefusal(403);
    await page.goto('about:blank');
    await page.goto(link);
    await expect(page.getByRole('alert')).toHaveText(/does not work any more. Ask for a new one/);
    await expect(page.getByRole('textbox')).toHaveCount(0);
    await expectAccessible(page);
  }
  await page.getByRole('link', { name: 'Sign in' }).click();
  await expect(page.getByLabel('E-mail')).toBeFocused();
});

test('an address that is none says what to do', async ({ slipway, as }) => {
  await slipway.setUp();
  await slipway.project('CHURN', 'Churn early warning', {});
  const page = await as('Sam', '/nope');
  await expect(page.getByRole('heading', { name: 'Not found', level: 1 })).toBeVisible();
  await expect(page.getByText('No page has this address.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Search' }).last().click();
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('Churn early');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${slipway.url}/CHURN/experiments`);
});
