// What somebody has begun to write stays in this tab until it is saved or discarded: a dialog that closes, a step back
// in the browser or a session that ends takes no words away.
import { page } from '$app/state';

const prefix = 'draft:';
const interrupted = 'interrupted';

export class Draft<F extends object> {
  /** What stands in the fields was written before. */
  restored = $state(false);
  #key = '';
  #blank = '';

  /** What the fields begin with: `blank`, or what was written about this before and not saved. */
  begin(about: string, blank: F): F {
    this.#key = keyOf(about);
    this.#blank = JSON.stringify(blank);
    const kept = sessionStorage.getItem(this.#key);
    const begun: F = kept === null ? blank : { ...blank, ...JSON.parse(kept) };
    this.restored = JSON.stringify(begun) !== this.#blank;
    return begun;
  }

  keep(fields: F): void {
    const written = JSON.stringify(fields);
    if (written === this.#blank) return sessionStorage.removeItem(this.#key);
    try {
      sessionStorage.setItem(this.#key, written);
    } catch {
      // The browser's room is full: then the fields are the only place where it stands.
    }
  }

  drop(): void {
    sessionStorage.removeItem(this.#key);
    this.restored = false;
  }

  /** To be called when the fields go away: if the session ended over them, they come back after signing in. */
  leave(): void {
    if (location.pathname === '/signin') sessionStorage.setItem(interrupted, this.#key);
  }
}

/** Whether the session ended while this was written. Answers so once. */
export function wasInterrupted(about: string): boolean {
  if (sessionStorage.getItem(interrupted) !== keyOf(about)) return false;
  sessionStorage.removeItem(interrupted);
  return true;
}

export function dropAllDrafts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
}

/** Of this person only: somebody else may sign in at the same window. */
const keyOf = (about: string) => `${prefix}${page.data.me?.user.id}:${about}`;
