// What every browser test begins with: a server of its own, people who can sign in, and eyes on their pages.
import { test as base, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { Api } from './api.ts';
import { startServer, type Server } from './server.ts';
import { Watch } from './watch.ts';

export { expect } from '@playwright/test';

export const password = 'correct horse battery staple';

export interface Seat {
  role?: 'viewer' | 'member' | 'admin';
  trades?: string[];
  duties?: string[];
}

export class Slipway {
  readonly url: string;
  readonly setupLink: string;
  /** Sam, who set the workspace up. */
  admin: Api;

  constructor(server: Server) {
    this.url = server.url;
    this.setupLink = server.setupLink;
    this.admin = new Api(server.url);
  }

  async setUp(): Promise<void> {
    const link = secretOf(this.setupLink);
    await new Api(this.url).post('/api/v1/setup', { link, name: 'Sam', email: email('Sam'), password });
    this.admin = await this.api('Sam');
  }

  /** A project with its people; who is new to the workspace accepts the invitation. */
  async project(key: string, name: string, people: Record<string, Seat>): Promise<void> {
    await this.admin.post('/api/v1/projects', { key, name, workstream: 'experimentation' });
    for (const [who, seat] of Object.entries(people)) await this.seat(key, who, seat);
  }

  async seat(key: string, who: string, { role = 'member', trades = [], duties = [] }: Seat): Promise<void> {
    const path = `/api/v1/projects/${key}/members/${email(who)}`;
    const member = await this.admin.put(path, { role, trades, duties });
    if (!member.invite_url) return;
    await new Api(this.url).post('/api/v1/invitation', {
      link: secretOf(member.invite_url),
      name: who,
      password,
    });
  }

  /** The interface as this person's script reaches it, with a token of theirs. */
  async api(who: string): Promise<Api> {
    return new Api(this.url, { Authorization: `Bearer ${await this.token(who)}` });
  }

  async token(who: string, name = 'e2e'): Promise<string> {
    const cookie = await this.#session(who);
    const own = new Api(this.url, { Cookie: cookie, 'X-Slipway': '1' });
    return (await own.post('/api/v1/tokens', { name })).secret;
  }

  async #session(who: string): Promise<string> {
    const answer = await fetch(`${this.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Slipway': '1' },
      body: JSON.stringify({ email: email(who), password }),
    });
    if (!answer.ok) throw new Error(`${who} cannot sign in: ${answer.status} ${await answer.text()}`);
    return answer.headers.getSetCookie()[0].split(';')[0];
  }
}

/** A one-time link keeps its secret behind the #, where no log sees it. */
const secretOf = (link: string) => new URL(link).hash.slice(1);

export const email = (who: string) => `${who.toLowerCase()}@slipway.test`;

interface Fixtures {
  server: Server;
  slipway: Slipway;
  watch: Watch;
  /** A window of its own, watched; nobody is signed in. */
  window: (who: string, options?: BrowserContextOptions) => Promise<Page>;
  /** A window in which this person is signed in, opened at the path. */
  as: (who: string, path?: string, options?: BrowserContextOptions) => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = await startServer();
    await use(server);
    await server.stop();
  },

  slipway: async ({ server }, use) => {
    await use(new Slipway(server));
  },

  watch: async ({}, use) => {
    const watch = new Watch();
    await use(watch);
    watch.verdict();
  },

  window: async ({ browser, slipway, watch }, use) => {
    const open: BrowserContext[] = [];
    await use(async (who, options = {}) => {
      const context = await browser.newContext({ baseURL: slipway.url, ...options });
      open.push(context);
      await watch.over(context, who);
      return context.newPage();
    });
    await Promise.all(open.map((context) => context.close()));
  },

  as: async ({ window }, use) => {
    await use(async (who, path = '/', options = {}) => {
      const page = await window(who, options);
      const credentials = { email: email(who), password };
      await page.request.post('/api/v1/session', { headers: { 'X-Slipway': '1' }, data: credentials });
      await page.goto(path);
      return page;
    });
  },
});
