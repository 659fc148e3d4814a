import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { expectRefused, look, region } from './moves.ts';
import { email, expect, password, test } from './slipway.ts';
import { grow, key } from './world.ts';

/** By keyboard: the menu of the person, down to the act. */
async function actOn(page: Page, who: string, act: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${who}` }).press('ArrowDown');
  const item = page.getByRole('button', { name: act, exact: true });
  while (!(await item.evaluate((button) => button === document.activeElement)))
    await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
}

const better = 'a longer phrase of her own';

test('a new password takes the place of the old one, and signs out other browsers', async ({
  slipway,
  as,
  watch,
}) => {
  await grow(slipway);
  const [here, there] = [await as('Dana', '/settings/profile'), await as('Dana', '/settings/profile')];
  const current = here.getByLabel('Current password');
  const chosen = here.getByLabel('New password');
  const change = here.getByRole('button', { name: 'Change password' });
  const refusal = here.getByRole('alert');

  await current.fill('not the password at all');
  await chosen.fill(better);
  watch.expectRefusal(400);
  await change.click();
  await expect(refusal).toHaveText('Current password is wrong.');
  await expect(current).toHaveAccessibleDescription('Current password is wrong.');
  await expectAccessible(here);

  await current.fill(password);
  await chosen.fill(email('Dana'));
  watch.expectRefusal(400);
  await chosen.press('Enter');
  await expect(refusal).toHaveText('New password must not be made of the e-mail address.');
  await expect(chosen).toHaveAccessibleDescription(/made of the e-mail address/);

  await chosen.fill(better);
  await chosen.press('Enter');
  await expect(here.getByText('Your password is changed.')).toBeVisible();
  await expect(refusal).toHaveCount(0);
  await expect(current).toHaveValue('');
  await here.getByRole('link', { name: 'Experiments' }).click();
  await expect(here).toHaveURL(`/${key}/experiments`);

  watch.expectRefusal(401);
  await there.reload();
  await expect(there).toHaveURL(/\/signin/);
  await there.getByLabel('E-mail').fill(email('Dana'));
  await there.getByLabel('Password').fill(password);
  watch.expectRefusal(401);
  await there.getByRole('button', { name: 'Sign in' }).click();
  await expect(there.getByRole('alert')).toBeVisible();
  await there.getByLabel('Password').fill(better);
  await there.getByRole('button', { name: 'Sign in' }).click();
  await expect(there).toHaveURL('/settings/profile');
  await expect(there.getByText(email('Dana'))).toBeVisible();
});

test('a new name stands beside all that one did, on open pages too', async ({ slipway, as, watch }) => {
  const { experiment } = await grow(slipway);
  const tom = await as('Tom');
  await look(tom, `/${key}/reviews/${experiment}`);
  const dana = await as('Dana', '/settings/profile');
  const name = dana.getByLabel('Name');
  await expect(name).toHaveValue('Dana');
  await name.fill('   ');
  watch.expectRefusal(400);
  await name.press('Enter');
  await expect(name).toHaveAccessibleDescription(/must not be empty/);
  await expectAccessible(dana);
  await name.fill('Dana of CHURN');
  await dana.getByRole('button', { name: 'Change name' }).click();
  await expect(dana.getByText('Your name is changed.')).toBeVisible();
  await expect(tom.getByText('Dana of CHURN').first()).toBeVisible();
});

test('who is disabled is out at once, and comes back when enabled', async ({ slipway, as, watch }) => {
  await grow(slipway);
  const tom = await as('Tom', `/${key}/experiments`);
  const sam = await as('Sam', '/settings/people');
  const row = (who: string) => sam.getByRole('row', { name: new RegExp(email(who)) });
  const confirm = async (title: string, verb: string) => {
    const form = sam.getByRole('dialog', { name: title });
    await form.getByRole('button', { name: verb }).press('Enter');
    return form;
  };

  await actOn(sam, 'Tom', 'Disable');
  await expectAccessible(sam);
  await expect(await confirm('Disable this user?', 'Disable user')).toBeHidden();
  watch.expectRefusal(401);
  await tom.goto(`/${key}/experiments`);
  await expect(tom).toHaveURL(/\/signin/);
  await expect(row('Tom')).toContainText('Disabled');
  await expectAccessible(sam);

  await actOn(sam, 'Tom', 'Enable');
  await expect(await confirm('Enable this user?', 'Enable user')).toBeHidden();
  await expect(row('Tom')).toContainText('Active');
  await tom.getByLabel('E-mail').fill(email('Tom'));
  await tom.getByLabel('Password').fill(password);
  await tom.getByRole('button', { name: 'Sign in' }).click();
  await expect(tom).toHaveURL(`/${key}/experiments`);
});

test('somebody always administers the workspace, and nobody shuts himself out', async ({
  slipway,
  as,
  watch,
}) => {
  await grow(slipway);
  const sam = await as('Sam', '/settings/people');
  const form = sam.getByRole('dialog');
  const tryTo = async (act: string, verb: string, why: RegExp) => {
    await actOn(sam, 'Sam', act);
    watch.expectRefusal(409);
    await form.getByRole('button', { name: verb }).click();
    await expect(form.getByRole('alert')).toHaveText(why);
    await sam.keyboard.press('Escape');
    await expect(sam.getByRole('button', { name: 'Actions for Sam' })).toBeFocused();
  };
  await tryTo('Disable', 'Disable user', /last administrator/);
  await tryTo('Take administration away', 'Take away', /last administrator/);

  await actOn(sam, 'Pia', 'Make administrator');
  await form.getByRole('button', { name: 'Make administrator' }).click();
  await expect(sam.getByRole('row', { name: /Pia/ })).toContainText('Administrator');
  await tryTo('Disable', 'Disable user', /cannot shut yourself out/);

  const pia = await as('Pia', '/settings/people');
  await actOn(pia, 'Sam', 'Take administration away');
  await pia.getByRole('dialog').getByRole('button', { name: 'Take away' }).click();
  await expect(pia.getByRole('row', { name: /Sam/ })).not.toContainText('Administrator');
});

test('a project gets another name and milestones; who saves second sees what the first saved', async ({
  slipway,
  as,
  watch,
}) => {
  await grow(slipway);
  const path = `/${key}/settings`;
  await slipway.seat(key, 'Pia', { role: 'admin' });
  const [sam, pia, dana] = [await as('Sam', path), await as('Pia', path), await as('Dana')];
  await look(dana, path);
  await expectRefused(dana.getByRole('button', { name: 'Edit project' }), /admin/);

  const form = (page: Page) => page.getByRole('dialog', { name: 'Edit project' });
  await sam.getByRole('button', { name: 'Edit project' }).click();
  await pia.keyboard.press('e');
  await expect(form(pia)).toBeVisible();
  await form(sam).getByLabel('Name', { exact: true }).fill('Churn prevention');
  await form(sam).getByLabel('Workstream').selectOption('Production');
  await form(sam).getByRole('button', { name: 'Add a milestone' }).press('Enter');
  await form(sam).getByLabel('Milestone 1', { exact: true }).fill('Field test');
  await form(sam).getByLabel('Date 1').fill('2030-03-01');
  await expectAccessible(sam);
  await form(sam).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(form(sam)).toBeHidden();
  await expect(dana.getByRole('row', { name: /Field test/ })).toContainText('2030');
  await expect(dana.getByRole('button', { name: /Churn prevention/ })).toBeVisible();

  await form(pia).getByLabel('Name', { exact: true }).fill('Churn');
  watch.expectRefusal(412);
  await form(pia).getByLabel('Name', { exact: true }).press('Enter');
  const theirs = region(pia, 'Values saved by someone else');
  await expect(theirs).toContainText('Churn prevention');
  await expect(theirs).toContainText('Field test');
  await expectAccessible(pia);
  await theirs.getByRole('button', { name: 'Take their values' }).click();
  await form(pia).getByLabel('Name', { exact: true }).fill('Churn');
  await form(pia).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(form(pia)).toBeHidden();
  for (const page of [sam, pia, dana]) {
    await expect(region(page, 'About')).toContainText('Production');
    await expect(region(page, 'About').getByText('Churn', { exact: true })).toBeVisible();
    await expect(page.getByRole('row', { name: /Field test/ })).toBeVisible();
  }
});
