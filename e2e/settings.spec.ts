import { expectAccessible } from './axe.ts';
import { email, expect, password, test } from './slipway.ts';
import { grow, key } from './world.ts';

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
