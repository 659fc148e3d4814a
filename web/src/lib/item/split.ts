// A story as it is about to be split, as the form has it.
import type { DoneProfile, Item, ItemKind, ItemStatus } from '$lib/api/types';
import { numberOf } from './choices';
import { kindLevels, kindNames } from './words';

export type Part = {
  id: number;
  title: string;
  kind: ItemKind;
  trade: string;
  assignee: string;
  estimate: string;
  profile: string;
  /** The id of the part before it that must be done first, or of which the contract is enough; empty for none. */
  after: string;
  contract: string;
};

/** What one trade does: smaller than a story, and no question. */
export const partKinds = Object.fromEntries(
  Object.entries(kindNames).filter(([kind]) => kindLevels[kind as ItemKind] < 2 && kind !== 'spike'),
);

/** Such a story takes only components of which owner, estimate and done profile are known. */
export const asksForAll = ({ ready, category }: ItemStatus) =>
  ready || category === 'doing' || category === 'done';

let last = 0;
const part = (title: string, kind: ItemKind, trade = '', profile = ''): Part => ({
  id: ++last,
  title,
  kind,
  trade,
  assignee: '',
  estimate: '',
  profile,
  after: '',
  contract: '',
});

export const emptyPart = () => part('', 'task');

/** The usual parts of a story that has none yet. */
export function usualParts({ title, status }: Item): Part[] {
  const usual = (name: string, kind: ItemKind & DoneProfile, trade: string) =>
    part(`${name}: ${title}`.slice(0, 300), kind, trade, asksForAll(status) ? kind : '');
  const data = usual('Data preparation', 'data', 'data_scientist');
  const training = usual('Model training', 'training', 'ml_engineer');
  const api = usual('API', 'serving', 'backend_developer');
  return [data, { ...training, after: String(data.id) }, { ...api, contract: String(training.id) }];
}

/** As the server takes them; what a part waits for, it knows by place. */
export function partsOf(parts: Part[]) {
  const places = (id: string) => {
    const place = parts.findIndex((part) => String(part.id) === id);
    return place < 0 ? [] : [place];
  };
  return parts.map(({ title, kind, trade, assignee, estimate, profile, after, contract }) => ({
    title: title.trim() || undefined,
    kind,
    trade: trade || undefined,
    assignee: assignee || undefined,
    estimate: numberOf(estimate),
    done_profile: profile || undefined,
    waits_for: places(after),
    waits_for_contract: after === contract ? [] : places(contract),
  }));
}
