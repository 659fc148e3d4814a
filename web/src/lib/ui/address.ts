import { goto } from '$app/navigation';
import { page } from '$app/state';

type Values = Record<string, string | null | undefined>;

/** This page's address with some query parameters set, or taken away where the value is empty. */
export function addressWith(values: Values): string {
  const url = new URL(page.url);
  for (const [name, value] of Object.entries(values)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  return url.pathname + url.search;
}

/** Puts state into the address, without a new entry in the history. */
export function keep(values: Values): Promise<void> {
  return goto(addressWith(values), { replaceState: true, keepFocus: true, noScroll: true });
}
