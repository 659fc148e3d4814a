import { redirect } from '@sveltejs/kit';
import { query, read } from '$lib/api/client';
import type {
  Attachment,
  Board,
  ChecklistLine,
  Comment,
  CustomField,
  Item,
  ItemEvent,
  Member,
  Page,
  Product,
  Relation,
  SprintLine,
  Team,
} from '$lib/api/types';
import { itemHref } from '$lib/item/act';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ fetch, params, url, depends, parent }) => {
  const base = `/items/${params.item}`;
  const project = `/projects/${params.project}`;
  const limit = Math.min(Number(url.searchParams.get('show')) || 30, 200);
  const list = <T>(path: string) => read<Page<T>>(fetch, path);
  depends(`live:members:${params.project}`);
  // Nothing waits for what it does not need: over a slow line every answer is waited for.
  const found = read<Item>(fetch, base);
  const all = Promise.all([
    list<Relation>(`${base}/relations`),
    list<Product>(`${base}/products`),
    list<Comment>(`${base}/comments${query({ limit: 200 })}`),
    list<ChecklistLine>(`${base}/checklist`),
    list<Attachment>(`${base}/attachments`),
    list<ItemEvent>(`${base}/history${query({ limit })}`),
    read<Board>(fetch, `${project}/board`),
    list<string>(`${project}/labels`),
    list<CustomField>(`${project}/fields`),
    list<Member>(`${project}/members`),
    list<Team>(`${project}/teams`),
    list<SprintLine>(`${project}/sprints`),
  ]);
  for (const begun of [found, all]) begun.catch(() => {});
  await parent();
  const item = await found;
  // It moved to another project, and its old key still finds it.
  if (itemHref(item.key) !== `/${params.project}/items/${params.item}`) redirect(307, itemHref(item.key));
  depends(`live:item:${item.id}`);
  if (item.experiment) depends(`live:experiment:${item.experiment}`);
  const [relations, products, comments, checklist, attachments, history, ...rest] = await all;
  const [board, labels, custom, members, teams, sprints] = rest;
  return {
    item,
    relations: relations.items,
    products: products.items,
    comments: comments.items,
    checklist: checklist.items,
    attachments: attachments.items,
    history,
    statuses: board.columns.map(({ status }) => status),
    overrule: board.can.overrule,
    labels: labels.items,
    custom: custom.items,
    members: members.items,
    teams: teams.items,
    sprints: sprints.items,
  };
};
