// What the palette finds by name in the project one is in.
import { goto } from '$app/navigation';
import { query } from '$lib/api/client';
import type { ItemLine, Member, Page, SprintLine } from '$lib/api/types';
import { itemHref } from '$lib/item/act';
import type { Command } from './commands.svelte';

export const wordsOf = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean);
export const hasAll = (text: string, words: string[]) =>
  words.every((word) => text.toLowerCase().includes(word));

export const openItem = ({ key, title }: { key: string; title: string }): Command => ({
  name: `Open ${key} ${title}`,
  run: () => void goto(itemHref(key)),
});

/** `keys` are those of all projects that one can see. */
export async function search(project: string, keys: string[], text: string): Promise<Command[]> {
  const number = numbered(project, keys, text);
  const base = `/${project}`;
  const found = await Promise.all([
    number ? items(number.project, `${number.project}-${number.number}`, 1) : [],
    items(project, text, 6),
    sprints(project, text),
    people(project, text),
    named(`${base}/experiments`, 'Open', { q: text, limit: 6 }),
    named(`${base}/models`, 'Open model', { q: text, limit: 4 }),
    named(`${base}/models`, 'Open prompt', { q: text, limit: 4, prompts: true }),
  ]);
  const all = new Map(found.flat().map((command) => [command.name, command]));
  return [...all.values()];
}

/** "8", "SCREEN8" and "screen 8" are the key of an item, too. */
function numbered(own: string, keys: string[], text: string) {
  const [, before, number] = /^([a-z][a-z0-9]*?)?[\s-]?(\d+)$/i.exec(text) ?? [];
  const project = before ? keys.find((key) => key === before.toUpperCase()) : own;
  return project && number ? { project, number } : undefined;
}

async function list<T>(path: string): Promise<T[]> {
  const response = await fetch(`/api/v1/projects/${path}`);
  return response.ok ? ((await response.json()) as Page<T>).items : [];
}

/** By words of the title, or by the key. */
async function items(project: string, q: string, limit: number): Promise<Command[]> {
  return (await list<ItemLine>(`${project}/items${query({ q, limit })}`)).map(openItem);
}

/** By name, or by what is done with one: the running sprint first. */
async function sprints(project: string, text: string): Promise<Command[]> {
  const doable = { planned: 'plan start planned', running: 'plan close running', closed: '' };
  const words = wordsOf(text);
  return (await list<SprintLine>(`${project}/sprints`))
    .filter(({ name, state }) => hasAll(`${name} sprint ${doable[state]}`, words))
    .sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running'))
    .slice(0, 4)
    .map(({ id, name, state }) => ({
      name: state === 'closed' ? `Open ${name}` : `Open ${name}, ${state}`,
      run: () => void goto(`/${project}/sprints/${id}`),
    }));
}

async function people(project: string, text: string): Promise<Command[]> {
  const words = wordsOf(text);
  return (await list<Member>(`${project}/members`))
    .filter(({ user }) => hasAll(`${user.name} ${user.email}`, words))
    .slice(0, 4)
    .map(({ user }) => ({
      name: `Items of ${user.name || user.email}`,
      run: () => void goto(`/${project}/backlog${query({ assignee: user.email })}`),
    }));
}

type Found = { id: number; name: string };
type Asked = { q: string; limit: number; prompts?: boolean };

async function named(place: string, verb: string, asked: Asked): Promise<Command[]> {
  return (await list<Found>(`${place.slice(1)}${query(asked)}`)).map(({ id, name }) => ({
    name: `${verb} ${name}`,
    run: () => void goto(`${place}/${id}`),
  }));
}
