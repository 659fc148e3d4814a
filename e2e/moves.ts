// What people do on the pages, in the words of the buttons they press.
import { expect, type Locator, type Page } from '@playwright/test';
import { email, password } from './slipway.ts';

export interface Claim {
  metric: string;
  comparator: string;
  threshold: string;
}

export interface Bet {
  name: string;
  hypothesis: string;
  rule: Claim;
  constraint?: Claim;
  days?: string;
}

export const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name });
const dialog = (page: Page, name: string | RegExp) => page.getByRole('dialog', { name });

export async function signIn(page: Page, who: string): Promise<void> {
  await page.goto('/signin');
  await page.getByLabel('E-mail').fill(email(who));
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible();
}

/** Opens the page and waits until it hears of changes. */
export async function look(page: Page, path: string): Promise<void> {
  // The page before may be about to listen, too.
  const isHere = (url: string) => new URL(url).pathname === new URL(path, url).pathname;
  const listening = page.waitForResponse(
    (answer) => new URL(answer.url()).pathname === '/api/v1/live' && isHere(answer.frame().url()),
  );
  await page.goto(path);
  await listening;
}

/** Answers the number of the experiment. */
export async function propose(page: Page, bet: Bet): Promise<number> {
  await page.getByRole('button', { name: 'Propose experiment' }).click();
  const form = dialog(page, 'Propose an experiment');
  await form.getByLabel('Hypothesis').fill(bet.hypothesis);
  await form.getByLabel('Name', { exact: true }).fill(bet.name);
  await claim(form, 'the rule', bet.rule);
  if (bet.constraint) {
    await form.getByRole('button', { name: 'Add a constraint' }).click();
    await claim(form, 'constraint 1', bet.constraint);
  }
  if (bet.days) await form.getByLabel('Time box in days').fill(bet.days);
  await form.getByRole('button', { name: 'Propose experiment' }).click();
  await expect(page.getByRole('heading', { name: bet.name, level: 1 })).toBeVisible();
  return Number(new URL(page.url()).pathname.split('/').at(-1));
}

async function claim(form: Locator, of: string, { metric, comparator, threshold }: Claim): Promise<void> {
  await form.getByLabel(`Metric of ${of}`).fill(metric);
  await form.getByLabel(`Comparator of ${of}`).selectOption(comparator);
  await form.getByLabel(`Threshold of ${of}`).fill(threshold);
}

export async function askForReviews(page: Page, texts: string[]): Promise<void> {
  for (const [index, text] of texts.entries())
    await page.getByLabel(`Text of document ${index + 1}`).fill(text);
  await page.getByRole('button', { name: 'Ask for the reviews' }).click();
  await expect(page.getByRole('article', { name: 'Technical review' })).toBeVisible();
}

export type Kind = 'Technical' | 'Ethics' | 'Business';

/** Decides the review and says the same of every item of its checklist. */
export async function decide(
  page: Page,
  kind: Kind,
  { says = 'Accept', items = 'Pass', note }: { says?: string; items?: string; note: string },
): Promise<void> {
  const card = page.getByRole('article', { name: `${kind} review` });
  await card.getByRole('button', { name: /^Decide/ }).click();
  const form = dialog(page, `${kind} review`);
  for (const item of await form.getByRole('group').filter({ hasText: 'Open' }).all()) {
    await item.getByLabel(items, { exact: true }).check();
    await item.getByRole('textbox').fill(`Looked at it: ${note}`);
  }
  await form.getByLabel(says, { exact: true }).check();
  await form.getByLabel('Note').fill(note);
  await form.getByRole('button', { name: 'Save decision' }).click();
  await expect(form).toBeHidden();
}

/** Answers the path of the promotion's page. */
export async function askForPromotion(page: Page, environment: string, rollBackTo: string): Promise<string> {
  await page.getByRole('button', { name: 'Ask for promotion' }).click();
  const form = dialog(page, 'Ask for promotion');
  await form.getByLabel('Environment').fill(environment);
  await form.getByLabel('Roll back to').fill(rollBackTo);
  await form.getByRole('button', { name: 'Ask for promotion' }).click();
  await expect(page.getByRole('heading', { name: /^Promotion:/ })).toBeVisible();
  return new URL(page.url()).pathname;
}

export const seatOf = (page: Page, duty: string) =>
  region(page, 'Approvals').getByRole('listitem', { name: duty, exact: true });

export async function approve(page: Page, duty: string, note: string): Promise<void> {
  await page.getByRole('button', { name: `Approve as ${duty}` }).click();
  const form = dialog(page, new RegExp(`^Approve as ${duty}`, 'i'));
  await form.getByLabel('Note').fill(note);
  await form.getByRole('button', { name: 'Approve' }).click();
  await expect(seatOf(page, duty).getByText('Approved')).toBeVisible();
}

export async function withdraw(page: Page, duty: string, note: string): Promise<void> {
  await page.getByRole('button', { name: `Withdraw the approval as ${duty}` }).click();
  const form = dialog(page, /^Withdraw the approval/);
  await form.getByLabel('Note').fill(note);
  await form.getByRole('button', { name: 'Withdraw approval' }).click();
  await expect(seatOf(page, duty).getByText('Waiting')).toBeVisible();
}

/** The page is no wider than its window, also when all that folds is unfolded. */
export async function expectNothingSticksOut(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => {
    for (const each of all) each.setAttribute('open', '');
  });
  const sticksOut = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(sticksOut, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(0);
}

/** The button is there, cannot be used, and says why. */
export async function expectRefused(button: Locator, why: RegExp): Promise<void> {
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveAccessibleDescription(why);
}
