// What a page must not do while a test looks at it: write errors to the console, throw, fail a request, break its
// content security policy.
import { expect, type BrowserContext } from '@playwright/test';

export class Watch {
  #problems: string[] = [];
  #refusals = new Map<number, number>();
  #outage = false;

  async over(context: BrowserContext, who: string): Promise<void> {
    const note = (what: string) => this.#problems.push(`${who}: ${what}`);
    await context.addInitScript(() =>
      addEventListener('securitypolicyviolation', (e) =>
        console.error(`Security policy: ${e.violatedDirective} ${e.blockedURI}`),
      ),
    );
    context.on('console', (message) => {
      // The browser's own line about a refused request: the answer itself is judged below.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        note(`console: ${message.text()}`);
    });
    context.on('weberror', (error) => note(`exception: ${error.error().message}`));
    context.on('response', (answer) => {
      if (answer.status() >= 400 && !this.#wasExpected(answer.status()))
        note(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
    });
    context.on('requestfailed', (request) => {
      // A page that is left lets go of what it still reads.
      const why = request.failure()?.errorText;
      const belongs = this.#outage && why === 'net::ERR_INTERNET_DISCONNECTED';
      if (why !== 'net::ERR_ABORTED' && !belongs) note(`${why} ${request.method()} ${request.url()}`);
    });
  }

  /** The next `times` answers with this status belong to the story. */
  expectRefusal(status: number, times = 1): void {
    this.#refusals.set(status, (this.#refusals.get(status) ?? 0) + times);
  }

  /** The story takes a browser off the network. */
  expectOutage(): void {
    this.#outage = true;
  }

  verdict(): void {
    const unused = [...this.#refusals].filter(([, left]) => left > 0).map(([status]) => status);
    expect(this.#problems, 'problems on the pages').toEqual([]);
    expect(unused, 'refusals that were expected and did not come').toEqual([]);
  }

  #wasExpected(status: number): boolean {
    const left = this.#refusals.get(status) ?? 0;
    if (left > 0) this.#refusals.set(status, left - 1);
    return left > 0;
  }
}
