// What one does to an item from a list, the board or its page.
import { get, Problem, send } from '$lib/api/client';
import type { Board, Item, ItemEvent, ItemLine, Page, RestoredItem } from '$lib/api/types';
import { readAgain, told } from '$lib/reread';
import { say } from '$lib/ui/say.svelte';

export type ItemPlace = 'first' | 'last' | { after: string } | { before: string };
/** Whatever else changes with it comes about with it, or not at all. */
export type ItemMove = {
  status?: string;
  to?: ItemPlace;
  overrule?: string;
  change?: Record<string, unknown>;
};

/** An item's key begins with the key of its project. */
export const itemHref = (key: string) => `/${key.slice(0, key.lastIndexOf('-'))}/items/${key}`;

/** Takes back what was changed last from here. */
let takeBack: (() => unknown) | null = null;
const touch = (key: string) => (takeBack = () => undoItem(key));

/** Whoever moves an item means it as it is now, so no version is sent. */
export async function moveItem(key: string, move: ItemMove): Promise<Item> {
  const item = await send<Item>('POST', `/items/${key}/move`, move);
  touch(key);
  return item;
}

/** Whether the caller may bring an item into a full column. */
export async function mayOverrule(project: string): Promise<boolean> {
  const { can } = await get<Board>(fetch, `/projects/${project}/board`);
  return can.overrule === true;
}

type Known = Pick<ItemLine, 'key' | 'version'>;

/**
 * Changes some fields. If someone else changed other fields meanwhile, both changes hold; if they changed the same
 * one, the refusal says so and `body.current` holds what they made of it.
 */
export async function changeItem(item: Known, change: Record<string, unknown>): Promise<Item> {
  const save = (version: number) => send<Item>('PATCH', `/items/${item.key}`, change, { version });
  touch(item.key);
  try {
    return await save(item.version);
  } catch (problem) {
    const current = currentOf(problem);
    if (!current || collides(item, current, change)) throw problem;
    return save(current.version);
  }
}

/** What the item has become, if that is why a change was refused. */
export const currentOf = (problem: unknown) =>
  problem instanceof Problem && problem.status === 412 ? (problem.body.current as Item) : undefined;

/** Whether one of the fields is not what it was when it was read. */
export function collides(read: object, current: object, change: object): boolean {
  const value = (from: object, name: string) =>
    JSON.stringify(plain((from as Record<string, unknown>)[name]));
  const own = (of: object) => (of as { custom?: object }).custom ?? {};
  return Object.keys(change).some((name) =>
    // Of the project's own fields each is one.
    name === 'custom'
      ? collides(own(read), own(current), own(change))
      : value(read, name) !== value(current, name),
  );
}

/** People, parents and statuses by what names them. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { id, reason } = value as { id?: unknown; reason?: unknown };
  return id ?? reason ?? value;
}

/**
 * Waits until a change is in what was read. The stream tells of it, and what it tells of is read; only if it does not is it
 * read from here. One reading can be overtaken by a later one, which is not through then; whoever goes on before it is sees
 * the page as it was.
 */
export async function readUntil(changed: Known | undefined, items: () => Known[]): Promise<void> {
  const { pathname } = location;
  const read = () => readAgain(({ href }) => href.startsWith('live:backlog:'));
  if (!changed) return read();
  const isRead = () => {
    const found = items().find(({ key }) => key === changed.key);
    return !found || found.version >= changed.version || location.pathname !== pathname;
  };
  for (let times = 0; times < 5 && !isRead(); times++) await (times ? read() : told());
}

/** Does something and reads again; what was refused is said, and the page shows what is. */
export async function attempt(
  action: () => Promise<unknown>,
  done?: string,
  readDone: () => Promise<void> = readAgain,
): Promise<boolean> {
  try {
    await action();
    if (done) say(done);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    say(
      problem.status === 412
        ? 'Someone else changed this meanwhile. Here is what they made of it.'
        : problem.message,
    );
    // Once the server is back, the live stream has the page read again.
    if (!problem.isUnreachable) await readAgain();
    return false;
  }
  await readDone();
  return true;
}

export const undoItem = (key: string) =>
  attempt(async () => {
    await send('POST', `/items/${key}/undo`, {});
    const isAgain = await isMadeAgain(key).catch(() => false);
    say(isAgain ? `The change of ${key} is made again.` : `The last change of ${key} is taken back.`);
  });

/** Taking back what was taken back makes it again. */
async function isMadeAgain(key: string): Promise<boolean> {
  const { items } = await get<Page<ItemEvent>>(fetch, `/items/${key}/history?limit=50`);
  let times = 0;
  let event = items.at(0);
  for (; event?.body.undoes; times++) event = items.find(({ seq }) => seq === event!.body.undoes);
  return times > 0 && times % 2 === 0;
}

/** An item went into the trash: the answer brings it back, and so does Ctrl+Z. */
export const laidAway = (key: string) => (takeBack = () => void restore(key));

/** Where its column is full by now it comes elsewhere, which is said. */
export const restore = (key: string) =>
  attempt(async () => {
    const { full, status } = await send<RestoredItem>('POST', `/items/${key}/restoration`, {});
    say(full ? `${full} is full, so ${key} came into ${status.name}.` : `${key} is in the backlog again.`);
  });

/** Ctrl+Z where nobody types: what was changed last from here. */
export const undoLast = {
  name: 'Take the last change back',
  keys: 'mod+z',
  yields: true,
  when: () => takeBack !== null,
  run: () => void takeBack?.(),
};
