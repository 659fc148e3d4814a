// Times as the page itself sees them: from a key or the start of the navigation to the frame that shows the outcome.
import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { email, password } from '../slipway.ts';

declare global {
  interface Window {
    /** When the first and the latest card or row came, in ms since the start of the navigation. */
    came: { first: number; last: number };
    /** The moment of the first frame that shows it, in ms of the machine's clock. */
    seen: (what: () => boolean) => Promise<number>;
  }
}

/** A browser that has stored nothing, with someone signed in. */
export async function fresh(browser: Browser, url: string, who = 'Sam'): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: url, bypassCSP: true });
  await context.addInitScript(() => {
    window.came = { first: 0, last: 0 };
    new MutationObserver((changes) => {
      const added = changes.flatMap(({ addedNodes }) => [...addedNodes]);
      const isItem = (node: Node) =>
        node instanceof Element && (node.matches('[data-item]') || !!node.querySelector('[data-item]'));
      if (!added.some(isItem)) return;
      requestAnimationFrame(() => {
        window.came.first ||= performance.now();
        window.came.last = performance.now();
      });
    }).observe(document, { childList: true, subtree: true });
    window.seen = async (what) => {
      while (!what()) await new Promise(requestAnimationFrame);
      // A message is read after the frame has been painted.
      await new Promise<void>((painted) =>
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => painted();
          port2.postMessage(null);
        }),
      );
      return performance.timeOrigin + performance.now();
    };
  });
  const credentials = { email: email(who), password };
  await context.request.post('/api/v1/session', { headers: { 'X-Slipway': '1' }, data: credentials });
  return context;
}

/** Opens a page with cards or rows, and waits until none has come for a second. */
export async function open(page: Page, path: string): Promise<{ first: number; last: number }> {
  await page.goto(path);
  await page.waitForFunction(() => window.came.last > 0 && performance.now() - window.came.last > 1000);
  return page.evaluate(() => window.came);
}

/** Frames a second while it is scrolled for three seconds, and the longest frame in ms. */
export const scroll = (page: Page, selector: string, pixels: number) =>
  page.evaluate(
    async ({ selector, pixels }) => {
      const scroller = document.querySelector(selector) ?? document.scrollingElement!;
      const frame = () => new Promise<number>(requestAnimationFrame);
      const begun = await frame();
      let [now, frames, longest] = [begun, 0, 0];
      while (now - begun < 3000) {
        scroller.scrollTop += pixels;
        const next = await frame();
        longest = Math.max(longest, next - now);
        now = next;
        frames += 1;
      }
      return { rate: (frames * 1000) / (now - begun), longest };
    },
    { selector, pixels },
  );

/** What the page holds after its garbage is collected, and what its process does, in MB. */
export async function memory(browser: Browser, page: Page): Promise<{ heap: number; process: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  const used = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
  const { processInfo } = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
  const sizes = await Promise.all(
    processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => proportional(id)),
  );
  return { heap: used / 1e6, process: Math.max(...sizes) / 1e3 };
}

/** Shared memory counts by its part, in KB. */
async function proportional(process: number): Promise<number> {
  const text = await readFile(`/proc/${process}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0);
}

/** So many milliseconds of round trip in front of everything the page asks for. */
export async function slowed(page: Page, latency: number): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const unlimited = { downloadThroughput: -1, uploadThroughput: -1, offline: false };
  await session.send('Network.emulateNetworkConditions', { latency, ...unlimited });
  return session;
}

export const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
