// Items: written, pasted, found, changed by two people at once, talked about.
import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { look, region } from './moves.ts';
import { expect, test, type Slipway } from './slipway.ts';
import { key, team } from './world.ts';

const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });
const rows = (page: Page) => page.getByRole('table', { name: 'Items' }).locator('tbody tr');

async function found(slipway: Slipway): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', team);
}

test('a story is written, split and looked at', async ({ slipway, as, watch }) => {
  await found(slipway);
  const page = await as('Pia', `/${key}/backlog`);
  await expect(page.getByRole('heading', { name: 'No items yet' })).toBeVisible();
  await expectAccessible(page);

  await page.keyboard.press('c');
  const form = dialog(page, 'New item');
  await form.getByLabel('Kind').selectOption('Story');
  await expectAccessible(page);
  await form.getByLabel('Title').fill('Risk score');
  await form.getByLabel('As a', { exact: true }).fill('marketing analyst');
  await form.getByLabel('I want').fill('to see a risk score');
  await form.getByLabel('So', { exact: true }).fill('I can intervene');
  await form.getByLabel('Description').fill('Every **active** customer.\n\n<script>alert(1)</script>');
  await form.getByRole('button', { name: 'Create item' }).click();
  await expect(page).toHaveURL(new RegExp(`/${key}/items/${key}-1$`));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${key}-1 Risk score`);
  await expect(
    page.getByText('As a marketing analyst, I want to see a risk score so I can intervene.'),
  ).toBeVisible();
  await expect(page.locator('strong', { hasText: 'active' })).toBeVisible();
  await expect(page.getByText('<script>alert(1)</script>')).toBeVisible();

  await page.getByRole('button', { name: 'Split by trade' }).click();
  await dialog(page, `Split ${key}-1 by trade`).getByRole('button', { name: 'Split', exact: true }).click();
  const below = region(page, 'Components and items below');
  await expect(below.getByRole('listitem')).toHaveCount(3);
  await expect(below).toContainText('lacks owner, estimate, done profile');
  watch.expectRefusal(409);
  const status = page.getByRole('complementary', { name: 'Fields' }).getByLabel('Status');
  const before = await status.inputValue();
  await status.selectOption('Ready');
  await expect(page.getByText(`${key}-1 is not ready`).first()).toBeVisible();
  await expect(status).toHaveValue(before);
  await expectAccessible(page);
});

test('three people add tasks to their components at the same time, and each sees all of them', async ({
  slipway,
  as,
}) => {
  test.setTimeout(400_000);
  await found(slipway);
  await slipway.admin.post(`/api/v1/projects/${key}/items`, { kind: 'story', title: 'Risk score' });
  await slipway.admin.post(`/api/v1/items/${key}-1/split`, {});
  const pages = [await as('Dana'), await as('Tom'), await as('Pia')];
  for (const page of pages) await look(page, `/${key}/backlog`);
  await Promise.all(
    pages.map(async (page, nth) => {
      for (const word of ['first', 'second']) {
        await page.getByRole('button', { name: 'Paste lines' }).click();
        const form = dialog(page, 'Paste lines');
        await form.getByLabel('Lines').fill(`${word} of part ${nth + 2}\nand its ${word} test`);
        await form.getByLabel('Under').fill(`${key}-${nth + 2}`);
        await form.getByRole('button', { name: 'Create 2 items' }).click();
        await expect(form).toBeHidden();
      }
    }),
  );
  for (const page of pages) {
    await expect(rows(page)).toHaveCount(4 + 12);
    for (const part of [2, 3, 4])
      await expect(rows(page).filter({ hasText: `in ${key}-${part}` })).toHaveCount(4);
  }
});

test('pasted lines become items, which the address narrows', async ({ slipway, as, watch }) => {
  await found(slipway);
  const page = await as('Dana', `/${key}/backlog`);
  await page.getByRole('button', { name: 'Paste lines' }).click();
  const form = dialog(page, 'Paste lines');
  await form
    .getByLabel('Lines')
    .fill('- Join the exports\n- [ ] Train the trees\n\n=HYPERLINK("http://evil")');
  await form.getByRole('button', { name: 'Create 3 items' }).click();
  await expect(rows(page)).toHaveCount(3);
  await expect(rows(page).nth(1)).toContainText('Train the trees');
  await expectAccessible(page);

  await page.getByRole('searchbox', { name: 'Filter items' }).fill('trees');
  await expect(rows(page)).toHaveCount(1);
  await expect(page).toHaveURL(/q=trees/);
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('searchbox', { name: 'Filter items' }).fill('');
  await expect(rows(page)).toHaveCount(3);

  // A filter that means nothing is left away, and told.
  watch.expectRefusal(400);
  await page.goto(`/${key}/backlog?kind=banana&q=trees`);
  await expect(rows(page)).toHaveCount(1);
  await expect(page.getByText('Kind “banana”')).toBeVisible();
  await page.getByRole('link', { name: 'Take it out of the address' }).click();
  await expect(page).toHaveURL(/backlog\?q=trees$/);
  await page.getByRole('link', { name: 'Clear filters' }).click();
  await expect(rows(page)).toHaveCount(3);

  const csv = await page.request.get(`/api/v1/projects/${key}/items.csv`);
  expect(await csv.text()).toContain(`"'=HYPERLINK(""http://evil"")"`);
});

test('the list is worked through by the keyboard', async ({ slipway, as }) => {
  await found(slipway);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo\nThree' });
  const page = await as('Dana', `/${key}/backlog`);
  await expect(rows(page)).toHaveCount(3);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(page.getByRole('link', { name: 'Two' })).toBeFocused();
  await page.keyboard.press('i');
  await expect(rows(page).nth(1)).toContainText('Dana');
  await page.keyboard.press('Shift+ArrowUp');
  await expect(rows(page).nth(0)).toContainText('Two');
  await expect(page.getByRole('link', { name: 'Two' })).toBeFocused();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(rows(page).nth(2)).toContainText('Two');
  await page.keyboard.press('Shift+ArrowUp');
  await page.keyboard.press('Shift+ArrowUp');
  await expect(rows(page).nth(0)).toContainText('Two');
  await expect(page.getByRole('link', { name: 'Two' })).toBeFocused();
  await page.keyboard.press('s');
  await expect(dialog(page, `Status of ${key}-2`).getByLabel('Status')).toBeFocused();
  await page.keyboard.type('In p');
  await page.keyboard.press('Enter');
  await expect(rows(page).nth(0)).toContainText('In progress');
  await expect(page.getByRole('link', { name: 'Two' })).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect(rows(page).nth(0)).toContainText('Backlog');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: `${key}-2 Two`, level: 1 })).toBeVisible();
});

test('whoever comes back to the backlog is at the row that they left', async ({ slipway, as }) => {
  await found(slipway);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo\nThree' });
  const page = await as('Dana', `/${key}/backlog`);
  await expect(rows(page)).toHaveCount(3);
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const two = rows(page).getByRole('link', { name: 'Two' });
  const title = page.getByRole('heading', { name: `${key}-2 Two`, level: 1 });
  await page.keyboard.press('Enter');
  await expect(title).toBeVisible();
  await page.goBack();
  await expect(two).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(title).toBeVisible();
  await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Backlog' }).click();
  await expect(two).toBeFocused();
});

test('cells are written over in their row', async ({ slipway, as, watch }) => {
  await found(slipway);
  const dana = await slipway.api('Dana');
  await dana.post(`/api/v1/projects/${key}/items/batch`, { lines: 'One\nTwo' });
  const page = await as('Dana', `/${key}/backlog`);
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press('j');
  await page.keyboard.press('e');
  const title = page.getByRole('textbox', { name: `Title of ${key}-1` });
  await expect(title).toBeFocused();
  await expectAccessible(page);
  await page.keyboard.type('First');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: `Estimate of ${key}-1` })).toBeFocused();
  await page.keyboard.type('5');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'First' })).toBeFocused();
  await expect(rows(page).nth(0)).toContainText('5');

  // Esc lets it be, and an empty title is not taken.
  await page.keyboard.press('e');
  await page.keyboard.type('Never');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: 'First' })).toBeFocused();
  await page.keyboard.press('e');
  await title.fill('');
  await page.keyboard.press('Enter');
  await expect(title).toBeFocused();
  await page.keyboard.press('Escape');

  // Someone else was faster: it is said, and what was written here is still there, to be let be or to win.
  await page.keyboard.press('e');
  await title.fill('Mine');
  await slipway.admin.patch(`/api/v1/items/${key}-1`, { title: 'Theirs', due: '2027-03-01' }, 3);
  await expect(rows(page).nth(0)).toContainText('Mar 1, 2027');
  await expect(title).toHaveValue('Mine');
  watch.expectRefusal(412, 1);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Someone else wrote “Theirs” meanwhile.')).toBeVisible();
  await expect(title).toHaveValue('Mine');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('link', { name: 'Theirs' })).toBeFocused();
  await page.keyboard.press('e');
  await title.fill('Mine again');
  await slipway.admin.patch(`/api/v1/items/${key}-1`, { title: 'Theirs again' }, 4);
  watch.expectRefusal(412, 1);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Someone else wrote “Theirs again” meanwhile.')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'Mine again' })).toBeFocused();
});

test('two people change one item, and nothing is lost', async ({ slipway, as, watch }) => {
  await found(slipway);
  const api = await slipway.api('Dana');
  await api.post(`/api/v1/projects/${key}/items`, { title: 'Join the exports', description: 'All of them.' });
  const path = `/${key}/items/${key}-1`;
  const [dana, tom] = [await as('Dana', path), await as('Tom', path)];
  for (const page of [dana, tom])
    await page.getByRole('button', { name: `Edit the text of ${key}-1` }).click();
  const form = (page: Page) => dialog(page, `Edit ${key}-1`);
  await form(dana).getByLabel('Title').fill('Join all exports');
  await form(dana).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(dana.getByRole('heading', { level: 1 })).toContainText('Join all exports');

  // Other words than hers: both hold.
  await form(tom).getByLabel('Description').fill('Those of March.');
  watch.expectRefusal(412);
  await form(tom).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(form(tom)).toBeHidden();
  await expect(tom.getByRole('heading', { level: 1 })).toContainText('Join all exports');
  await expect(tom.getByText('Those of March.')).toBeVisible();

  // The same words: he sees hers before he decides.
  for (const page of [dana, tom])
    await page.getByRole('button', { name: `Edit the text of ${key}-1` }).click();
  await form(dana).getByLabel('Title').fill('Join the CRM export');
  await form(dana).getByLabel('Description').fill('Those of April.');
  await form(dana).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(form(dana)).toBeHidden();
  await form(tom).getByLabel('Title').fill('Join the shop export');
  watch.expectRefusal(412);
  await form(tom).getByRole('button', { name: 'Save', exact: true }).click();
  await expect(region(tom, 'Values saved by someone else')).toContainText('Join the CRM export');
  await form(tom).getByRole('button', { name: 'Save mine' }).click();
  await expect(dana.getByRole('heading', { level: 1 })).toContainText('Join the shop export');
  // What he did not touch stays as she wrote it.
  await expect(dana.getByText('Those of April.')).toBeVisible();
});

test('what was typed into a row that leaves the list is saved', async ({ slipway, as, watch }) => {
  await found(slipway);
  const api = await slipway.api('Tom');
  const { key: item } = await api.post(`/api/v1/projects/${key}/items`, { title: 'Join the exports' });
  await api.post(`/api/v1/projects/${key}/items`, { title: 'Train' });
  const page = await as('Dana');
  await look(page, `/${key}/backlog?category=open`);
  await page.getByRole('link', { name: 'Join the exports' }).focus();
  await page.keyboard.press('e');
  await page.getByRole('textbox', { name: `Title of ${item}` }).fill('Join all exports');
  // Leaving a cell saves it, also when the row is what leaves; somebody changed another field meanwhile.
  watch.expectRefusal(412);
  await api.post(`/api/v1/items/${item}/move`, { status: 'In progress' });
  await expect(page.getByRole('link', { name: 'Train' })).toBeVisible();
  await expect
    .poll(async () => (await api.get(`/api/v1/items/${item}`)).title, { timeout: 20_000 })
    .toBe('Join all exports');
});

test('people talk about an item, tick its checklist off and relate it', async ({ slipway, as, watch }) => {
  await found(slipway);
  const api = await slipway.api('Dana');
  await api.post(`/api/v1/projects/${key}/items/batch`, { lines: 'Prepare\nTrain' });
  const page = await as('Dana');
  await look(page, `/${key}/items/${key}-2`);

  await page.getByLabel('New line of the checklist').fill('Look at the data');
  await page.keyboard.press('Enter');
  await page.getByRole('checkbox', { name: 'Look at the data' }).check();
  await expect(region(page, 'Checklist')).toContainText('1 of 1');

  await page.getByRole('button', { name: 'Add relation' }).click();
  const form = dialog(page, 'Add a relation');
  await form.getByLabel('Other item').fill(`${key}-1`);
  await form.getByRole('button', { name: 'Add relation' }).click();
  await expect(region(page, 'Relations')).toContainText('not met');
  await page.getByRole('link', { name: `${key}-1 Prepare` }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Prepare');
  await page.getByRole('button', { name: 'Add relation' }).click();
  await form.getByLabel('Other item').fill(`${key}-2`);
  watch.expectRefusal(409);
  await form.getByRole('button', { name: 'Add relation' }).click();
  await expect(form.getByRole('alert')).toContainText(`${key}-1 would wait for itself`);
  await page.keyboard.press('Escape');

  await page.getByLabel('Comment', { exact: true }).fill('Which export?');
  await page.getByRole('button', { name: 'Mention somebody' }).click();
  await page.getByRole('button', { name: 'Tom', exact: true }).click();
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await expect(region(page, 'Comments').getByTitle('tom@slipway.test', { exact: true }).last()).toHaveText(
    '@Tom',
  );
  await expect(region(page, 'Watchers')).toContainText('Tom');

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  const block = dialog(page, /Why it is blocked/);
  await block.getByRole('textbox').fill('The CRM is down');
  await block.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('note')).toContainText('The CRM is down');
  await expect(region(page, 'History')).toContainText('changed why it is blocked');
  await expectAccessible(page);

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('button', { name: 'Put into the trash' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put into the trash' }).click();
  await expect(page).toHaveURL(new RegExp(`/${key}/backlog$`));
  await expect(rows(page)).toHaveCount(1);

  // It comes back from the message, or by a key from the list, where the keyboard goes on.
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('link', { name: 'Prepare' }).focus();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Put into the trash' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).getByRole('link').first()).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('link', { name: 'Prepare' }).focus();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Put into the trash' }).click();
  await expect(rows(page)).toHaveCount(1);
  await page.getByLabel('Trash').selectOption('In the trash');
  await page.getByRole('link', { name: 'Prepare' }).click();
  await page.getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByRole('button', { name: 'Restore' })).toHaveCount(0);
});

test('what is nested beyond all sense is shown as it was written', async ({ slipway, as }) => {
  await found(slipway);
  const dana = await slipway.api('Dana');
  const [quotes, lists] = ['>'.repeat(50_000), '1. '.repeat(30_000)];
  await dana.post(`/api/v1/projects/${key}/items`, { title: 'Deep', description: `${quotes}in` });
  for (const body of [`${lists}in`, `${'> '.repeat(300)}in`, 'Well **said**.'])
    await dana.post(`/api/v1/items/${key}-1/comments`, { body });
  const page = await as('Dana', `/${key}/items/${key}-1`);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Deep');
  await expect(region(page, 'What it is')).toContainText('>>>>in');
  await expect(region(page, 'Comments').locator('strong', { hasText: 'said' })).toBeVisible();
});

test('the backlog and the board hand each other the filter', async ({ slipway, as }) => {
  await found(slipway);
  const pia = await slipway.api('Pia');
  await pia.post(`/api/v1/projects/${key}/items`, { kind: 'bug', title: 'Wrong scores' });
  await pia.post(`/api/v1/projects/${key}/items`, { kind: 'task', title: 'Write it down' });
  const page = await as('Pia', `/${key}/backlog?kind=bug`);
  await expect(rows(page)).toHaveCount(1);
  await page.keyboard.press('g');
  await page.keyboard.press('b');
  await expect(page).toHaveURL(new RegExp(`/${key}/board\\?kind=bug$`));
  await expect(page.getByRole('link', { name: 'Wrong scores' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Write it down' })).toBeHidden();
  await page.getByLabel('Status', { exact: true }).selectOption('Done');
  await expect(page.getByRole('link', { name: 'Wrong scores' })).toBeHidden();
  await expect(page.getByRole('link', { name: 'CSV' })).toHaveAttribute('href', /kind=bug&status=Done/);
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Backlog' }).click();
  await expect(page).toHaveURL(/\/backlog\?kind=bug&status=Done$/);
});

test('a story that is begun is split into parts of which all is known', async ({ slipway, as }) => {
  await found(slipway);
  const pia = await slipway.api('Pia');
  await pia.post(`/api/v1/projects/${key}/items`, {
    kind: 'story',
    title: 'Risk score',
    status: 'In progress',
  });
  const page = await as('Pia', `/${key}/items/${key}-1`);
  await page.getByRole('button', { name: 'Split by trade' }).click();
  const form = dialog(page, `Split ${key}-1 by trade`);
  await expect(form).toContainText('each part needs an owner, an estimate and a done profile');
  for (let part = 2; part >= 1; part--)
    await form
      .getByRole('button', { name: /^Take .* away$/ })
      .nth(part)
      .click();
  await form.getByLabel('Owner').selectOption({ label: 'Dana' });
  await form.getByLabel('Estimate').fill('3');
  await form.getByRole('button', { name: 'Split', exact: true }).click();
  await expect(form).toBeHidden();
  const below = region(page, 'Components and items below');
  await expect(below.getByRole('listitem')).toHaveCount(1);
  await expect(below).not.toContainText('lacks');
});
