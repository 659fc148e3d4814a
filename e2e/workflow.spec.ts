// An admin says what the steps of work are called, which ones a kind may take, and what items hold.
import { expectAccessible } from './axe.ts';
import { expectRefused, region } from './moves.ts';
import { expect, test } from './slipway.ts';
import { key, team } from './world.ts';

test('a project has its own statuses, steps, fields and templates', async ({ slipway, as, watch }) => {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items`, { title: 'Train', status: 'In progress' });
  const page = await as('Sam', `/${key}/settings`);
  await page.getByRole('link', { name: 'how work is done here' }).click();
  await expect(region(page, 'Statuses')).toContainText('In progress');

  await page.keyboard.press('e');
  const statuses = page.getByRole('dialog', { name: `Statuses of ${key}` });
  await expect(statuses.getByLabel('Name').nth(2)).toHaveValue('In progress');
  await statuses.getByLabel('Name').nth(2).fill('Training');
  await statuses.getByRole('button', { name: 'Add a status' }).click();
  await statuses.getByLabel('Name').last().fill('Evaluating');
  for (let place = 6; place > 3; place--)
    await statuses.getByRole('button', { name: 'Move Evaluating up' }).click();
  await expectAccessible(page);
  await statuses.getByRole('button', { name: 'Save' }).click();
  await expect(region(page, 'Statuses').getByRole('row').nth(4)).toContainText('Evaluating');

  await page.keyboard.press('e');
  await statuses.getByRole('button', { name: 'Take Training away' }).click();
  watch.expectRefusal(409);
  await statuses.getByRole('button', { name: 'Save' }).click();
  await expect(statuses).toContainText('1 item is in Training');
  await statuses.getByRole('button', { name: 'Cancel', exact: true }).click();

  await page.getByRole('button', { name: 'Steps of Task' }).click();
  const steps = page.getByRole('dialog', { name: 'Steps of task items' });
  await steps.getByLabel('From Training to Done').uncheck();
  await expectAccessible(page);
  await steps.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /^Task/ })).toContainText('41 steps');
  const refused = await dana.refused(dana.post(`/api/v1/items/${key}-1/move`, { status: 'Done' }));
  expect(refused.status).toBe(409);

  await page.getByRole('button', { name: 'Edit fields' }).click();
  const fields = page.getByRole('dialog', { name: `Fields of ${key}` });
  await fields.getByRole('button', { name: 'Add a field' }).click();
  await fields.getByLabel('Name').fill('Region');
  await fields.getByLabel('Holds').selectOption('A choice');
  await fields.getByLabel('Choices').fill('North\nSouth');
  await fields.getByRole('button', { name: 'Save' }).click();
  await expect(region(page, 'Fields')).toContainText('A choice: North, South');

  await page.getByRole('button', { name: 'Template of Bug' }).click();
  const template = page.getByRole('dialog', { name: 'Template of bug items' });
  await template.getByLabel('Description').fill('What happened?');
  await template.getByLabel('Checklist').fill('Write a test first');
  await template.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: /^Bug/ })).toContainText('a description, 1 line to check');
  const bug = await dana.post(`/api/v1/projects/${key}/items`, { kind: 'bug', title: 'Wrong' });
  expect(bug.description).toBe('What happened?');

  const tom = await as('Tom', `/${key}/settings/work`);
  await expectRefused(tom.getByRole('button', { name: 'Edit statuses' }), /admin/i);
});
