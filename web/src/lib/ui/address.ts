import { redirect } from '@sveltejs/kit';
import { goto } from '$app/navigation';
import { page } from '$app/state';

type Values = Record<string, string | string[] | null | undefined>;

/** This page's address with some query parameters set, each value of several, or taken away where there is none. */
export function addressWith(values: Values): string {
  const url = new URL(page.url);
  for (const [name, value] of Object.entries(values)) {
    url.searchParams.delete(name);
    for (const each of [value ?? []].flat()) if (each) url.searchParams.append(name, each);
  }
  return url.pathname + url.search;
}

/** Puts state into the address, without a new entry in the history. */
export function keep(values: Values): Promise<void> {
  return goto(addressWith(values), { replaceState: true, keepFocus: true, noScroll: true });
}

/** What an address names can belong to another project than it says: then its own address is the right one. */
export function stayIn(found: { project: string }, project: string, url: URL): void {
  const rest = () => url.pathname.slice(`/${project}`.length) + url.search;
  if (found.project !== project) redirect(307, `/${found.project}${rest()}`);
}
