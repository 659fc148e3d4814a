// What people see of large boards and tables, and how soon. It prints figures beside their aims and judges none of them:
//     SLIPWAY=target/release/slipway npm --prefix e2e run bench
import type { Browser, Page } from '@playwright/test';
import { loadavg } from 'node:os';
import { startServer } from '../server.ts';
import { Slipway, test } from '../slipway.ts';
import { fresh, median, memory, open, scroll, slowed } from './clock.ts';
import { seed } from './seed.ts';

const wide = { key: 'WIDE', name: 'Wide', columns: 20, items: 5000 };
const usual = { key: 'USUAL', name: 'Usual', columns: 6, items: 500 };
const long = { key: 'LONG', name: 'Long', columns: 5, items: 10_000 };
const board = '[role=group][aria-label=Board]';
const times = 5;

const rows: string[] = [];
function row(what: string, value: number, unit: string, aim = '', also = ''): void {
  const shown = value < 10 ? value.toFixed(1) : value.toFixed(0);
  const line = `| ${what} | ${shown} ${unit} | ${aim} | ${also} |`;
  rows.push(line);
  console.log(line);
}

test('figures of the pages', async ({ browser }) => {
  const server = process.env.SEEDED ? { url: process.env.SEEDED, stop: async () => {} } : await prepared();
  const { url } = server;
  const load = loadavg();
  const parts = { yardstick, boards, moves, table, small, tabs };
  const wanted = process.env.PARTS?.split(' ') ?? Object.keys(parts);
  for (const [name, part] of Object.entries(parts)) if (wanted.includes(name)) await part(browser, url);
  await server.stop();
  console.log(`Load before and after: ${[load, loadavg()].map((all) => all[0].toFixed(1)).join(', ')}\n`);
  console.log(['| | measured | aim | |', '|---|--:|--:|---|', ...rows].join('\n'));
});

async function prepared() {
  const server = await startServer();
  const slipway = new Slipway(server);
  await slipway.setUp();
  for (const size of [wide, usual, long]) await seed(slipway, size);
  await slipway.project('EMPTY', 'Empty', {});
  return { url: slipway.url, stop: server.stop };
}

/** What the machine gives at best while it does this: an empty page, a bare field. */
async function yardstick(browser: Browser, url: string): Promise<void> {
  const context = await fresh(browser, url);
  const page = await context.newPage();
  await page.goto('/health');
  await page.evaluate(() => document.body.replaceChildren(document.createElement('input')));
  const { rate } = await scroll(page, 'html', 0);
  row('an empty page, scrolled', rate, 'frames/s');
  await page.locator('input').focus();
  const typed: number[] = [];
  for (const letter of 'steady') typed.push(await until(page, letter, () => true));
  row('a bare field, key to paint', median(typed), 'ms');
  await context.close();
}

/** Each time in a browser that has stored nothing. */
async function cold(browser: Browser, url: string, path: string) {
  const all: { first: number; last: number }[] = [];
  for (let nth = 0; nth < times; nth++) {
    const context = await fresh(browser, url);
    all.push(await open(await context.newPage(), path));
    await context.close();
  }
  return { first: median(all.map(({ first }) => first)), last: median(all.map(({ last }) => last)) };
}

async function boards(browser: Browser, url: string): Promise<void> {
  const five = await cold(browser, url, `/${usual.key}/board`);
  row('board of 500 cards, first cards', five.first, 'ms', '500');
  row('board of 500 cards, complete', five.last, 'ms', '800');
  const large = await cold(browser, url, `/${wide.key}/board`);
  row(
    'board of 5,000 cards in 20 columns, first cards',
    large.first,
    'ms',
    '700',
    `complete ${large.last.toFixed(0)}`,
  );
  const lanes = await cold(browser, url, `/${wide.key}/board?lanes=assignee`);
  row('the same in 11 lanes, first cards', lanes.first, 'ms', '700', `complete ${lanes.last.toFixed(0)}`);

  for (const [what, path] of [
    ['board of 5,000 cards', `/${wide.key}/board`],
    ['the same in 11 lanes', `/${wide.key}/board?lanes=assignee`],
  ]) {
    const context = await fresh(browser, url);
    const page = await context.newPage();
    await open(page, path);
    const { rate, longest } = await scroll(page, board, 40);
    row(`${what}, scrolled`, rate, 'frames/s', '50', `longest frame ${longest.toFixed(0)} ms`);
    const { heap, process } = await memory(browser, page);
    row(`${what}, memory of its process`, process, 'MB', '250', `of it JavaScript ${heap.toFixed(0)}`);
    await context.close();
  }

  const context = await fresh(browser, url);
  const page = await context.newPage();
  await slowed(page, 200);
  const slow = await open(page, `/${usual.key}/board`);
  row('board of 500 cards, each round trip 200 ms slower', slow.first, 'ms', '', 'aim: 3 round trips');
  await context.close();
}

async function moves(browser: Browser, url: string): Promise<void> {
  for (const { key } of [usual, wide]) {
    const [mine, theirs] = await Promise.all([fresh(browser, url), fresh(browser, url, 'Ada')]);
    const [page, other] = await Promise.all([mine.newPage(), theirs.newPage()]);
    await Promise.all([open(page, `/${key}/board`), open(other, `/${key}/board`)]);
    const all: { visible: number; confirmed: number; other: number }[] = [];
    for (let nth = 0; nth < times; nth++) all.push(await moveFirst(page, other));
    const middle = (name: 'visible' | 'confirmed' | 'other') => median(all.map((each) => each[name]));
    const of = key === wide.key ? 'of 5,000' : 'of 500';
    row(`move a card ${of}, visible`, middle('visible'), 'ms', '50');
    row(`move a card ${of}, confirmed`, middle('confirmed'), 'ms', '150');
    row(`move a card ${of}, seen by another browser`, middle('other'), 'ms', '300');
    if (key === usual.key) await items(page);
    await Promise.all([mine.close(), theirs.close()]);
  }
}

const frame = `section[aria-labelledby]`;

/** The first card of the first column, into the second one. */
async function moveFirst(page: Page, other: Page) {
  await page.evaluate(() => document.querySelector<HTMLElement>('[role=group] [data-title]')!.focus());
  const item = await page.evaluate(
    () => document.activeElement!.closest<HTMLElement>('[data-item]')!.dataset.item!,
  );
  const arrival = (on: Page, settled: boolean) =>
    on.evaluate(
      ({ item, settled, frame }) =>
        window.seen(() => {
          const card = document.querySelectorAll(frame)[1].querySelector(`[data-item="${item}"]`);
          return !!card && !(settled && card.querySelector('[role=status]'));
        }),
      { item, settled, frame },
    );
  const pressed = page.evaluate(
    () =>
      new Promise<number>((heard) =>
        // Shift, which is held, is pressed some milliseconds before.
        addEventListener(
          'keydown',
          ({ key, timeStamp }) => key !== 'Shift' && heard(performance.timeOrigin + timeStamp),
          { capture: true },
        ),
      ),
  );
  const watched = [arrival(page, false), arrival(page, true), arrival(other, true)];
  await page.waitForTimeout(300);
  await page.keyboard.press('Shift+ArrowRight');
  const [from, ...ends] = await Promise.all([pressed, ...watched]);
  const [visible, confirmed, seen] = ends.map((end) => end - from);
  await page.waitForTimeout(1500);
  return { visible, confirmed, other: seen };
}

async function items(page: Page): Promise<void> {
  const opened: number[] = [];
  const closed: number[] = [];
  for (let nth = 0; nth < times; nth++) {
    await page.evaluate(() => document.querySelector<HTMLElement>('[role=group] [data-title]')!.focus());
    opened.push(await until(page, 'Enter', () => !!document.querySelector('[aria-label="Fields"]')));
    await page.waitForTimeout(500);
    closed.push(
      await page.evaluate(async () => {
        const from = performance.timeOrigin + performance.now();
        history.back();
        return (await window.seen(() => !!document.querySelector('[role=group] [data-item]'))) - from;
      }),
    );
    await page.waitForTimeout(500);
  }
  row('open an item', median(opened), 'ms', '150');
  row('back to the board of 500', median(closed), 'ms', '100');
}

/** From the press of a key to the frame that shows what it was pressed for. */
async function until(page: Page, key: string, what: () => boolean): Promise<number> {
  const time = page.evaluate(async (what) => {
    const from = await new Promise<number>((heard) =>
      addEventListener('keydown', ({ timeStamp }) => heard(timeStamp), { capture: true, once: true }),
    );
    const seen = await window.seen(new Function(`return (${what})()`) as () => boolean);
    return seen - performance.timeOrigin - from;
  }, what.toString());
  await page.waitForTimeout(100);
  await page.keyboard.press(key);
  return time;
}

async function table(browser: Browser, url: string): Promise<void> {
  const { first, last } = await cold(browser, url, `/${long.key}/backlog?show=all`);
  row('table of 10,000 rows, first rows', first, 'ms', '', `complete ${last.toFixed(0)}`);
  const context = await fresh(browser, url);
  const page = await context.newPage();
  await open(page, `/${long.key}/backlog?show=all`);
  const { rate, longest } = await scroll(page, 'html', 60);
  row('table of 10,000 rows, scrolled', rate, 'frames/s', '50', `longest frame ${longest.toFixed(0)} ms`);
  const { heap, process } = await memory(browser, page);
  row(
    'table of 10,000 rows, memory of its process',
    process,
    'MB',
    '',
    `of it JavaScript ${heap.toFixed(0)}`,
  );
  await page.evaluate(() => scrollTo(0, 0));
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  const begun = await until(page, 'e', () => document.activeElement?.matches('tr input') ?? false);
  const typed: number[] = [];
  for (const letter of 'steady')
    typed.push(
      await until(page, letter, () => (document.activeElement as HTMLInputElement).value.length > 0),
    );
  row('a cell of 10,000 rows, key to paint', median(typed), 'ms', '50', `to begin ${begun.toFixed(0)} ms`);
  await context.close();
}

async function small(browser: Browser, url: string): Promise<void> {
  const all: number[] = [];
  for (let nth = 0; nth < times; nth++) {
    const context = await fresh(browser, url);
    const page = await context.newPage();
    await page.goto('/EMPTY/board');
    all.push(
      await page.evaluate(async () => {
        const seen = await window.seen(
          () => document.querySelector('#main h2')?.textContent === 'No items yet',
        );
        return seen - performance.timeOrigin;
      }),
    );
    await context.close();
  }
  row('an empty project', median(all), 'ms', '300');
}

/** Six tabs of one browser on one board: how long the last one takes, beside one alone. */
async function tabs(browser: Browser, url: string): Promise<void> {
  const context = await fresh(browser, url);
  const times: number[] = [];
  for (let nth = 0; nth < 6; nth++)
    times.push((await open(await context.newPage(), `/${usual.key}/board`)).last);
  row(
    'the sixth tab on a board, beside the second',
    times[5] / times[1],
    'times',
    '1.5',
    times.map(Math.round).join(', '),
  );
  await context.close();
}
