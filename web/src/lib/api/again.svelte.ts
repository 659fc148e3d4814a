// What is open and could not be read again: it stays as it was, the page says so, and it is tried again.

/** So long a server that answers with errors is left alone, at first and at last. */
const [first, most] = [2_000, 30_000];

export const stale = $state({ isShown: false });
/** What is shown from before is being read again, and that takes a while. */
export const older = $state({ isSlow: false });

/** Which reading this is. What belongs to an earlier one is not waited for any more. */
let reading = 0;
let isReading = false;
let pause = first;
let waiting: Promise<void> | undefined;
let told: (() => void)[] = [];

/** What is read while no such reading is under way is read for the first time. */
export const currentReading = () => (isReading ? reading : undefined);

export function beginReading(): number {
  isReading = true;
  return ++reading;
}

/** Another page is shown. What the one before could not read, this one need not. */
export function leaveReading(): void {
  reading += 1;
  isReading = stale.isShown = false;
}

/** All of it has been read, unless a later reading has come in its place. */
export function endReading(mine: number): boolean {
  if (mine !== reading) return false;
  isReading = stale.isShown = false;
  pause = first;
  told = [];
  return true;
}

/** Until something that is read cannot be. */
export const failing = () => new Promise<void>((go) => told.push(go));

/** Whether a reading goes on, after a while: not if a later one, or another page, has come in its place. */
export async function tryAgain(mine: number, isUnreachable: boolean): Promise<boolean> {
  if (mine !== reading) return false;
  stale.isShown = true;
  for (const go of told.splice(0)) go();
  // All that waits tries again at once.
  await (waiting ??= (isUnreachable ? untilHealthy() : later()).finally(() => (waiting = undefined)));
  return mine === reading;
}

async function later(): Promise<void> {
  const now = pause;
  pause = Math.min(2 * pause, most);
  await new Promise((go) => setTimeout(go, now));
}

async function untilHealthy(): Promise<void> {
  for (let wait = first; ; wait = Math.min(wait + 500, most)) {
    await new Promise((go) => setTimeout(go, wait));
    const answer = await fetch('/health').catch(() => undefined);
    if (answer?.ok) return;
  }
}
