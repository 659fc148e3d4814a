// Planning poker: hidden votes in several browsers, the reveal, what came up, and the estimate.
import type { Page } from '@playwright/test';
import { expectAccessible } from './axe.ts';
import { expectNothingSticksOut, expectRefused, look, region } from './moves.ts';
import { expect, test, type Seat, type Slipway } from './slipway.ts';
import { key } from './world.ts';

const voters: Record<string, Seat> = {
  Dana: {},
  Mei: {},
  Ben: {},
  Pia: { duties: ['product_owner'] },
  Mara: { role: 'viewer' },
};
const items = `/api/v1/projects/${key}/items`;
const note = 'needs customer-id join from the CRM export';

async function ready(slipway: Slipway): Promise<void> {
  await slipway.setUp();
  await slipway.project(key, 'Churn early warning', voters);
  const story = { who: 'marketing analyst', want: 'to see a risk score', benefit: 'I can intervene' };
  const acceptance = ['refreshed daily', 'API p95 ≤ 200 ms on sample data'];
  await slipway.admin.post(items, { kind: 'story', title: 'Risk score', story, acceptance });
  await slipway.admin.post(items, { title: 'Sample data', estimate: 3 });
}

const card = (page: Page, name: string) => page.getByRole('radio', { name, exact: true });
const votes = (page: Page) => page.getByRole('list', { name: 'Votes' });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Every round that the page is told of. */
function overhear(page: Page): { votes: unknown[]; state: string }[] {
  const rounds: { votes: unknown[]; state: string }[] = [];
  page.on('response', async (answer) => {
    if (!answer.url().includes('/api/v1/estimates/') || !answer.ok()) return;
    const sitting = await answer.json().catch(() => null);
    for (const item of sitting?.items ?? []) rounds.push(...item.rounds);
  });
  return rounds;
}

/** The paths that a page reads from now on. */
function readings(page: Page): string[] {
  const paths: string[] = [];
  page.on('request', (asked) => {
    const { pathname } = new URL(asked.url());
    if (asked.method() === 'GET' && pathname.startsWith('/api/')) paths.push(pathname);
  });
  return paths;
}

test('a team sizes a story: hidden votes, a note, a second round', async ({ slipway, as }) => {
  test.setTimeout(300_000);
  await ready(slipway);
  const sam = await as('Sam', `/${key}/estimates`);
  await expect(region(sam, 'No planning poker yet')).toBeVisible();
  await expectAccessible(sam);
  await sam.keyboard.press('c');
  const form = sam.getByRole('dialog', { name: 'Start planning poker' });
  await form.getByLabel('Name').fill('Planning, week 10');
  await form.getByLabel('Timer of a round').selectOption('3 minutes');
  await expectAccessible(sam);
  await form.getByRole('button', { name: 'Start' }).click();
  await expect(sam.getByRole('heading', { name: 'Planning, week 10', level: 1 })).toBeVisible();
  const room = new URL(sam.url()).pathname;
  await expect(
    sam.getByRole('list', { name: 'Items without an estimate' }).getByRole('listitem'),
  ).toHaveCount(1);
  await expectAccessible(sam);
  await look(sam, room);
  await button(sam, `Estimate ${key}-1`).click();
  await expect(region(sam, 'What is estimated')).toContainText(
    'As a marketing analyst, I want to see a risk score',
  );
  await expect(sam.getByRole('timer')).toContainText('left');

  const [dana, mei, ben, mara] = [
    await as('Dana'),
    await as('Mei'),
    await as('Ben', '/', { viewport: { width: 390, height: 844 } }),
    await as('Mara'),
  ];
  const heard = [dana, mei, ben, mara].map(overhear);
  for (const page of [dana, mei, ben, mara]) await look(page, room);
  await expect(sam.getByText('Here to vote: Ben, Dana and Mei.')).toBeVisible();
  await expect(mara.getByText('Viewers look, comment and decide')).toBeVisible();
  await expect(mara.getByRole('radiogroup')).toHaveCount(0);
  await expect(sam.getByText('Whoever moderates has no vote.')).toBeVisible();

  await dana.keyboard.press('v');
  await dana.keyboard.press('ArrowRight');
  await expect(card(dana, '½')).toBeFocused();
  await dana.keyboard.type('5');
  await expect(card(dana, '5')).toBeChecked();
  await expect(dana.getByText('You have voted: 5.')).toBeVisible();
  await card(mei, '5').click();
  await card(ben, '8').click();
  await expectNothingSticksOut(ben);
  await ben.getByRole('radiogroup').press('1');
  await ben.keyboard.press('3');
  await expect(card(ben, '13')).toBeChecked();
  for (const page of [sam, dana, mei, mara]) {
    const who = page.getByRole('list', { name: 'Who has voted' });
    for (const name of ['Dana', 'Mei', 'Ben']) await expect(who).toContainText(`${name} has voted`);
    await expect(votes(page)).toHaveCount(0);
  }
  await expect(sam.getByText('Everybody who is here has voted.')).toBeVisible();
  await expectAccessible(dana);
  for (const rounds of heard) {
    expect(rounds.length).toBeGreaterThan(0);
    for (const round of rounds) expect(round).toMatchObject({ state: 'voting', votes: [] });
  }

  const asked = [sam, dana, mei, ben, mara].map(readings);
  await sam.keyboard.press('r');
  for (const page of [sam, dana, mei, ben, mara]) {
    await expect(votes(page).getByRole('listitem')).toHaveText([
      /13\s*Ben\s*highest/,
      /5\s*Dana\s*lowest/,
      /5\s*Mei\s*lowest/,
    ]);
    await expect(page.getByText('2 steps apart, from 5 to 13.').first()).toBeVisible();
  }
  await expect(dana.getByText('The votes are revealed: Ben 13, Dana 5 and Mei 5.')).toBeVisible();
  // Whatever else was read would keep a slow line waiting.
  const sitting = `/api/v1${room.slice(key.length + 1)}`;
  for (const paths of asked) expect(paths).toEqual([sitting]);
  await expectAccessible(sam);
  await expectNothingSticksOut(ben);
  await expectRefused(button(sam, 'Vote again'), /steps apart/);
  await expectRefused(button(sam, 'Accept 5'), /write down in a note/);

  await ben.getByLabel('Note').fill(note);
  await button(ben, 'Add note').click();
  await button(dana, `Make an item of “${note}”`).click();
  const making = dana.getByRole('dialog', { name: 'Make an item of the note' });
  await expect(making.getByLabel('Title')).toHaveValue(note);
  await making.getByLabel('Assignee').selectOption('Mei');
  await expectAccessible(dana);
  await making.getByRole('button', { name: 'Make item' }).click();
  await expect(sam.getByRole('list', { name: 'Notes' })).toContainText(`${key}-3`);

  // The note is there; what is left is the consent of those who chose otherwise.
  await expectRefused(button(sam, 'Accept 5'), /Ben chose another size/);
  await sam.getByLabel('Size').selectOption('13');
  await expectRefused(button(sam, 'Accept 13'), /Dana, Mei: another size/);
  await sam.getByLabel('Size').selectOption('5');
  await button(sam, 'Vote again').click();
  for (const page of [dana, mei, ben]) {
    await expect(region(page, 'Round 2')).toBeVisible();
    await card(page, '8').click();
  }
  await expect(sam.getByText('Everybody who is here has voted.')).toBeVisible();
  await button(sam, 'Reveal the votes').click();
  await expect(mei.getByText('All 3 who gave a size chose 8.').first()).toBeVisible();
  await button(sam, 'Accept 8').click();
  await expect(region(dana, 'Estimated here')).toContainText('8');
  await expect(dana.getByText('Sam chooses the next item.')).toBeVisible();
  await dana.getByText(`${key}-1 Risk score`).click();
  await expect(region(dana, 'Estimated here')).toContainText('Ben 13');
  await expectAccessible(dana);
  await dana.getByRole('link', { name: `Open ${key}-1` }).click();
  await expect(dana.getByRole('heading', { name: 'Risk score', level: 1 })).toBeVisible();
  await expect(region(dana, 'Relations')).toContainText(`${key}-3`);
  await expect(region(dana, 'History')).toContainText('estimate');
  await expect(sam.getByText('Here to vote: Ben and Mei.')).toBeVisible();
});

test('who chose otherwise consents, and the sitting is closed', async ({ slipway, as }) => {
  await ready(slipway);
  const { id, round } = await slipway.admin
    .post(`/api/v1/projects/${key}/estimates`, {})
    .then(({ id }) => slipway.admin.post(`/api/v1/estimates/${id}/rounds`, { item: `${key}-1` }));
  const path = `/api/v1/estimates/${id}/rounds/${round}`;
  for (const [who, card] of Object.entries({ Dana: '5', Mei: '8', Ben: '8' }))
    await (await slipway.api(who)).put(`${path}/vote`, { card });
  const [sam, dana] = [await as('Sam'), await as('Dana')];
  for (const page of [sam, dana]) await look(page, `/${key}/estimates/${id}`);
  await button(sam, 'Reveal the votes').click();
  await expectRefused(button(sam, 'Accept 8'), /Dana chose another size/);
  // The moderator may think of another size; then others are asked.
  await sam.getByLabel('Size').selectOption('5');
  await expectRefused(button(sam, 'Accept 5'), /Ben, Mei: another size/);
  await expect(button(sam, 'Mei agrees to 5')).toBeVisible();
  await expect(button(sam, 'Dana agrees to 5')).toHaveCount(0);
  await sam.getByLabel('Size').selectOption('8');
  await button(dana, 'I can live with 8').click();
  await expect(votes(sam)).toContainText('agrees to 8');
  await button(sam, 'Accept 8').click();
  await expect(sam.getByText(`${key}-1 is estimated at 8.`)).toBeVisible();

  await button(sam, 'Hand over').click();
  const handing = sam.getByRole('dialog', { name: 'Hand over' });
  await handing.getByLabel('Moderator').selectOption('Mei');
  await handing.getByRole('button', { name: 'Hand over' }).click();
  await expect(dana.getByText('Mei moderates.')).toBeVisible();
  await button(sam, 'Take over').click();
  await expect(dana.getByText('Sam moderates.')).toBeVisible();

  const download = sam.waitForEvent('download');
  await sam.getByRole('link', { name: 'CSV' }).click();
  expect((await download).suggestedFilename()).toBe(`${key}-estimates-${id}.csv`);
  await button(sam, 'Close sitting').click();
  await sam.getByRole('dialog').getByRole('button', { name: 'Close sitting' }).click();
  await expect(sam.getByText('Closed')).toBeVisible();
  await sam.goto(`/${key}/estimates`);
  await expect(sam.getByRole('row', { name: /Planning poker 1/ })).toContainText('Closed');
  await sam.goto('/');
  await expect(sam.getByText('closed the planning poker')).toBeVisible();
});
