// What one sees first: what waits, what one owns, what changed.
import { region } from './moves.ts';
import { expect, test } from './slipway.ts';
import { grow, key } from './world.ts';

test('what changed is told by name, and once', async ({ slipway, as }) => {
  const { words } = await grow(slipway);
  for (const trade of ['analyst', 'data_scientist'])
    for (const who of ['Rita', 'Sol']) await slipway.seat(key, who, { role: 'viewer', trades: [trade] });
  const page = await as('Dana');
  const changed = region(page, 'What changed');
  await expect(changed).toContainText(`set the alias champion to version 1 of ${words.model}`);
  await expect(changed).toContainText(`changed 2 members of project ${key}`);
});

test('home offers no first step to those who may not take it', async ({ slipway, as }) => {
  await grow(slipway);
  const sol = region(await as('Sol'), 'You own');
  await expect(sol).toContainText('Viewers look, comment and decide where they are asked.');
  await expect(sol.getByRole('link', { name: 'Propose one' })).toHaveCount(0);
  const tom = region(await as('Tom'), 'You own');
  await expect(tom.getByRole('link', { name: 'Propose one' })).toBeVisible();
});
