// A checkpoint: what is known in plain words, on the screen and on paper, and a stakeholder who decides what goes on.
import { expectAccessible } from './axe.ts';
import { expectNothingSticksOut, look, region } from './moves.ts';
import { expect, test, type Seat, type Slipway } from './slipway.ts';
import { key } from './world.ts';

const people: Record<string, Seat> = { Dana: {}, Omar: { role: 'viewer' }, Mara: { role: 'viewer' } };
const items = `/api/v1/projects/${key}/items`;

async function ready(slipway: Slipway): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', people);
  const dana = await slipway.api('Dana');
  const bet = {
    metric: 'recall',
    comparator: '>=',
    threshold: 0.75,
    dataset: 'fraud-eval',
    time_box_days: 10,
  };
  for (const claim of ['Device graphs find more fraud.', 'A longer history finds more fraud.']) {
    const hypothesis = { ...bet, claim };
    await dana.post(items, { kind: 'hypothesis', title: claim.slice(0, 12), hypothesis, assignee: 'me' });
  }
  for (const item of [1, 2]) await dana.post(`/api/v1/items/${key}-${item}/move`, { status: 'In progress' });
}

test('a stakeholder reads what is known and decides what goes on', async ({ slipway, as }) => {
  test.setTimeout(400_000);
  await ready(slipway);
  const sam = await as('Sam', `/${key}/backlog`);
  await expect(sam.getByRole('heading', { level: 1 })).toBeVisible();
  await sam.keyboard.type('gc');
  await expect(region(sam, 'No checkpoint yet')).toBeVisible();
  await expectAccessible(sam);
  await sam.keyboard.press('c');
  const form = sam.getByRole('dialog', { name: 'Make a checkpoint' });
  await form.getByLabel('Title').fill('Week 10');
  await form.getByLabel('Omar').check();
  await form.getByLabel('Price of an hour of a run').fill('2.5');
  await form.getByLabel('Currency').fill('EUR');
  await expectAccessible(sam);
  await form.getByRole('button', { name: 'Make checkpoint' }).click();
  await expect(sam.getByRole('heading', { name: 'Week 10', level: 1 })).toBeVisible();
  await expect(region(sam, 'In short')).toContainText('2 questions: 2 still open.');
  await expect(region(sam, 'Words')).toContainText('three of four');
  await expect(sam.getByText('Omar is asked to decide.')).toBeVisible();
  await expect(sam.getByRole('button', { name: 'Decide', exact: true })).toHaveCount(0);
  await expectAccessible(sam);
  const path = new URL(sam.url()).pathname;

  await sam.getByRole('button', { name: 'Who decides' }).click();
  const deciders = sam.getByRole('dialog', { name: 'Who decides at Week 10' });
  await expect(deciders.getByLabel('Omar')).toBeChecked();
  await deciders.getByLabel('Mara').check();
  await expectAccessible(sam);
  await deciders.getByRole('button', { name: 'Ask them' }).click();
  await expect(sam.getByText('Mara and Omar are asked to decide.')).toBeVisible();

  const omar = await as('Omar', '/', { viewport: { width: 390, height: 844 } });
  await look(omar, path);
  const history = omar.getByRole('article', { name: 'A longer history finds more fraud.' });
  await expect(history).toContainText(
    'A finished run must reach recall of at least 0.75, measured on fraud-eval.',
  );
  await expect(history).toContainText('No run was started yet.');
  await expectNothingSticksOut(omar);
  const decide = history.getByRole('form', { name: `Decide ${key}-2` });
  await decide.getByRole('radio', { name: 'Continue' }).focus();
  await omar.keyboard.press('ArrowDown');
  await expect(decide.getByRole('radio', { name: 'Stop' })).toBeChecked();
  await omar.keyboard.press('Tab');
  await omar.keyboard.type('The data cost more than the fraud');
  // What was begun waits for who looks elsewhere first.
  await look(omar, `/${key}/backlog`);
  await look(omar, path);
  await expect(decide.getByText('Draft restored')).toBeVisible();
  await expect(decide.getByRole('radio', { name: 'Stop' })).toBeChecked();
  await decide.getByLabel('Why').focus();
  await omar.keyboard.press('Tab');
  await omar.keyboard.press('Enter');
  await expect(history).toContainText('Stop: The data cost more than the fraud (Omar');
  await expect(region(sam, 'Questions')).toContainText('Stop: The data cost more than the fraud (Omar');
  await expectAccessible(omar);

  await look(omar, `/${key}/items/${key}-2`);
  await expect(
    omar.getByText('decided at Week 10 to stop it: The data cost more than the fraud'),
  ).toBeVisible();
  await expect(omar.getByText('Cancelled').first()).toBeVisible();

  await sam.emulateMedia({ media: 'print' });
  await expect(region(sam, 'In short')).toBeVisible();
  await expect(sam.getByRole('article')).toHaveCount(2);
  await expect(sam.getByRole('navigation')).toHaveCount(0);
  await expect(sam.getByRole('button')).toHaveCount(0);
  await sam.emulateMedia({ media: 'screen' });

  await sam.getByRole('button', { name: 'Close checkpoint', exact: true }).click();
  const close = sam.getByRole('dialog', { name: 'Close Week 10?' });
  await expect(close).toContainText(`Nobody has decided ${key}-1.`);
  await close.getByRole('button', { name: 'Close checkpoint' }).click();
  await expect(sam.getByText('Closed', { exact: true })).toBeVisible();
  await look(omar, path);
  await expect(omar.getByRole('form')).toHaveCount(0);
});
