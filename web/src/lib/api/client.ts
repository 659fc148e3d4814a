import { error, isHttpError, redirect } from '@sveltejs/kit';
import { goto } from '$app/navigation';
import { navigating } from '$app/state';
import { currentReading, tryAgain } from './again.svelte';
import { told } from './labels';
import type { Page } from './types';

type Fetch = typeof fetch;
type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Refusal = { title?: string; detail?: string } & Record<string, unknown>;

/** A refusal of the server in its own words (problem+json). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly body: Refusal,
  ) {
    const { detail, title } = body;
    super((detail && told(detail, fieldsOf(body))) ?? title ?? plain(status));
  }

  /** The server did not answer, nor did what stands before it: whether it heard of this, nobody knows. */
  get isUnreachable(): boolean {
    return [0, 502, 504].includes(this.status);
  }

  /** It is not about what was asked for: the same may work in a moment. */
  get mayPass(): boolean {
    return this.isUnreachable || this.status >= 500 || this.status === 429;
  }

  /** What is wrong with which field, each as the end of a sentence: "must be given". */
  get fields(): Record<string, string> {
    return fieldsOf(this.body);
  }
}

const fieldsOf = ({ fields }: Refusal) => (fields as Record<string, string> | undefined) ?? {};

function plain(status: number): string {
  if (status === 404) return 'There is nothing here, or it is not yours to see.';
  if (status === 503 || status === 429) return 'The server is busy. Try again in a moment.';
  return `The server answered ${status}. Try again; if it stays so, tell whoever runs this server.`;
}

const unreachable = 'The server cannot be reached. Check the connection and try again.';

async function ask(fetch: Fetch, path: string, init?: RequestInit): Promise<Response> {
  const response = await fetch(`/api/v1${path}`, init).catch(() => {
    throw new Problem(0, { detail: unreachable });
  });
  if (response.ok) return response;
  const isProblem = response.headers.get('content-type')?.includes('json');
  const body: Refusal = isProblem ? await response.json().catch(() => ({})) : {};
  throw new Problem(response.status, body);
}

/** Where to go after signing in: only a path of this origin, whatever the address bar says. */
export function safeNext(next: string | null): string {
  if (!next?.startsWith('/')) return '/';
  const url = new URL(next, location.origin);
  return url.origin === location.origin ? url.pathname + url.search + url.hash : '/';
}

export function signinPath(from: URL): string {
  const here = from.pathname + from.search + from.hash;
  return here === '/' ? '/signin' : `/signin?next=${encodeURIComponent(here)}`;
}

/**
 * Reads for a page's `load`: a refusal becomes the error page, a lost session the sign-in page. While the server is out
 * of reach, or in trouble, what is open stays on the screen and is read as soon as that works again; whoever goes elsewhere
 * is told.
 */
export async function read<T>(fetch: Fetch, path: string): Promise<T> {
  const reading = currentReading();
  for (;;) {
    try {
      return await get<T>(fetch, path);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.status === 401) redirect(307, signinPath(new URL(location.href)));
      const isOpen = reading !== undefined && !navigating.to;
      if (!isOpen || !problem.mayPass || !(await tryAgain(reading, problem.isUnreachable)))
        error(problem.status || 503, { message: problem.message, fields: Object.keys(problem.fields) });
    }
  }
}

export type Dropped = { name: string; value: string };

/** What was last left away, of which filters: a page that reads again does not ask for it anew. */
let senseless: { of: string; dropped: Dropped[] } = { of: '', dropped: [] };

/** Reads what an address asks for by filters. One that the server makes nothing of is left away, and told in `dropped`. */
export async function readFiltered<F extends Record<string, string | null | undefined>, T>(
  filter: F,
  ask: (filter: F) => Promise<T>,
): Promise<{ found: T; filter: F; dropped: Dropped[] }> {
  const of = JSON.stringify(filter);
  const dropped = senseless.of === of ? [...senseless.dropped] : [];
  for (const { name } of dropped) filter = { ...filter, [name]: null };
  for (;;) {
    try {
      return { found: await ask(filter), filter, dropped };
    } catch (refusal) {
      const names = isHttpError(refusal, 400) ? (refusal.body.fields ?? []) : [];
      const name = names.find((name) => filter[name]);
      if (name === undefined) throw refusal;
      dropped.push({ name, value: filter[name] ?? '' });
      senseless = { of, dropped: [...dropped] };
      filter = { ...filter, [name]: null };
    }
  }
}

/** Reads outside of a page's `load`. Throws a Problem. */
export async function get<T>(fetch: Fetch, path: string): Promise<T> {
  const response = await ask(fetch, path);
  // The connection can break in the middle.
  return response.json().catch(() => {
    throw new Problem(0, { detail: unreachable });
  });
}

/** What tells one of a list from the others. */
function identity(item: unknown): unknown {
  const { key, id } = Object(item) as { key?: unknown; id?: unknown };
  return key ?? id ?? item;
}

/** Follows the cursors of a list until `limit` items are there; `most` is what it gives at once. */
export async function readUpTo<T, P extends Page<T>>(
  fetch: Fetch,
  path: string,
  limit: number,
  most = 100,
): Promise<P> {
  const mark = path.includes('?') ? '&' : '?';
  const step = `${path}${mark}limit=${Math.min(limit, most)}`;
  const page = await read<P>(fetch, step);
  const seen = new Set(page.items.map(identity));
  while (page.next && page.items.length < limit) {
    const more = await read<P>(fetch, `${step}&cursor=${encodeURIComponent(page.next)}`);
    // What moved between the two readings is in both.
    const fresh = more.items.filter((item) => !seen.has(identity(item)));
    for (const item of fresh) seen.add(identity(item));
    page.items.push(...fresh);
    page.next = more.next;
  }
  return page;
}

/** `keepalive`: it arrives even if the page is left meanwhile. */
export type Sending = { version?: number; once?: string; keepalive?: boolean };

/**
 * What was asked for and never answered: nobody knows whether it came about. Whoever asks the same again means the same, and
 * whoever did something else since means it anew.
 */
const unanswered = new Map<string, string>();

/** Changes something, once however often its answer is lost. Throws a Problem that says what to do next. */
export async function send<T>(method: Method, path: string, body?: unknown, how: Sending = {}): Promise<T> {
  const headers: Record<string, string> = { 'X-Slipway': '1' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (how.version !== undefined) headers['If-Match'] = `"${how.version}"`;
  const asked = JSON.stringify([method, path, how.version, body]);
  // What is put twice is there once.
  const once =
    how.once ?? (method === 'PUT' || isDoor(path) ? undefined : (unanswered.get(asked) ?? onceKey()));
  if (once) headers['Idempotency-Key'] = once;
  try {
    const { keepalive } = how;
    const response = await ask(fetch, path, { method, headers, body: JSON.stringify(body), keepalive });
    const text = await response.text().catch(() => {
      throw new Problem(0, { detail: unreachable });
    });
    if (once) unanswered.clear();
    return (text ? JSON.parse(text) : null) as T;
  } catch (problem) {
    if (once && problem instanceof Problem && problem.isUnreachable) unanswered.set(asked, once);
    else unanswered.delete(asked);
    const lost = problem instanceof Problem && problem.status === 401;
    if (lost && !isDoor(path)) await goto(signinPath(new URL(location.href)));
    throw problem;
  }
}

/** Sends a file's bytes as they are. */
export async function upload<T>(path: string, file: Blob): Promise<T> {
  const headers = { 'X-Slipway': '1', 'Content-Type': 'application/octet-stream' };
  return (await ask(fetch, path, { method: 'POST', headers, body: file })).json();
}

/** The calls that are made without a session answer 401 for a wrong password. */
const isDoor = (path: string) => ['/session', '/setup', '/invitation'].includes(path);

/** A key that makes a repeated creation harmless. */
export function onceKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A query string of the values that are set. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '' && value !== false)
      params.set(name, String(value));
  }
  const text = params.toString();
  return text && `?${text}`;
}
