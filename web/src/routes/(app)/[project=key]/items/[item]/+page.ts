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
  await parent();
  const base = `/items/${params.item}`;
  const item = await read<Item>(fetch, base);
  // It moved to another project, and its old key still finds it.
  if (itemHref(item.key) !== `/${params.project}/items/${params.item}`) redirect(307, itemHref(item.key));
  depends(`live:item:${item.id}`, `live:members:${params.project}`);
  if (item.experiment) depends(`live:experiment:${item.experiment}`);

  const project = `/projects/${params.project}`;
  const limit = Math.min(Number(url.searchParams.get('show')) || 30, 200);
  const all = <T>(path: string) => read<Page<T>>(fetch, path);
  const [
    relations,
    products,
    comments,
    checklist,
    attachments,
    history,
    board,
    labels,
    custom,
    members,
    teams,
    sprints,
  ] = await Promise.all([
    all<Relation>(`${base}/relations`),
    all<Product>(`${base}/products`),
    all<Comment>(`${base}/comments${query({ limit: 200 })}`),
    all<ChecklistLine>(`${base}/checklist`),
    all<Attachment>(`${base}/attachments`),
    all<ItemEvent>(`${base}/history${query({ limit })}`),
    read<Board>(fetch, `${project}/board`),
    all<string>(`${project}/labels`),
    all<CustomField>(`${project}/fields`),
    all<Member>(`${project}/members`),
    all<Team>(`${project}/teams`),
    all<SprintLine>(`${project}/sprints`),
  ]);
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
