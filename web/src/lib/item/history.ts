// What happened to an item, in words.
import type { ItemEvent } from '$lib/api/types';
import { asDay } from '$lib/text/format';
import { spoken } from '$lib/text/words';

const phrases: Record<string, string> = {
  'item.created': 'created it',
  'item.deleted': 'put it into the trash',
  'item.restored': 'took it out of the trash',
  'attachment.added': 'attached a file',
  'attachment.removed': 'removed a file',
  'checklist.added': 'added a line to the checklist',
  'checklist.changed': 'changed a line of the checklist',
  'checklist.removed': 'removed a line of the checklist',
  'comment.added': 'commented',
  'comment.edited': 'edited a comment',
  'comment.deleted': 'deleted a comment',
  'product.added': 'linked what came of it',
  'product.removed': 'unlinked what came of it',
  'relation.added': 'added a relation',
  'relation.removed': 'removed a relation',
  'spike.set': 'changed the question',
  'spike.answered': 'answered the question',
  'story.split': 'split it into components',
};

const names: Record<string, string> = {
  done_profile: 'done profile',
  due: 'due day',
  blocked: 'why it is blocked',
  acceptance: 'acceptance criteria',
  custom: 'fields of the project',
};

/** Their values are names of the API, too. */
const slugs = new Set(['kind', 'priority', 'trade', 'domain', 'class', 'done_profile']);

/** Long texts are named, not shown. */
const silent = new Set([
  'description',
  'contract',
  'acceptance',
  'story',
  'custom',
  'rank',
  'component',
  'team',
]);

export type Difference = { name: string; before: string; after: string };

/** What changed, field by field, where the phrase does not say it. */
export function listed(event: ItemEvent): Difference[] {
  return only(event) ? [] : differences(event);
}

/** What changed, where it is one thing and can be shown. */
function only(event: ItemEvent): Difference | undefined {
  const fields = Object.keys(fieldsOf(event.body.after) ?? {});
  return fields.length === 1 ? differences(event)[0] : undefined;
}

function differences({ body }: ItemEvent): Difference[] {
  const [before, after] = [fieldsOf(body.before), fieldsOf(body.after)];
  if (!before || !after) return [];
  return Object.keys(after)
    .filter((name) => !silent.has(name) && JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => ({
      name: nameOf(name),
      before: shown(name, before[name]),
      after: shown(name, after[name]),
    }));
}

export function phrase(event: ItemEvent): string {
  const { kind, body } = event;
  if (kind === 'item.changed') return changed(event);
  if (kind === 'item.arrived') return 'moved it here from another project';
  if (kind === 'item.left') return 'moved it to another project';
  if (kind === 'limit.overruled')
    return `overruled the limit of ${shown('', body.status ?? body.name)} (${shown('', body.count)} of ${shown('', body.limit)}): ${shown('', body.reason)}`;
  if (kind === 'checkpoint.decided') {
    const why = body.reason ? `: ${shown('', body.reason)}` : '';
    return `decided at ${shown('', body.title)} to ${shown('', body.choice)} it${why}`;
  }
  if (kind === 'attachment.added' || kind === 'attachment.removed')
    return `${phrases[kind]}: ${shown('', body.name)}`;
  const [subject = '', verb = ''] = kind.split('.');
  return phrases[kind] ?? `${spoken(verb).toLowerCase()} the ${spoken(subject).toLowerCase()}`;
}

function changed(event: ItemEvent): string {
  const { body } = event;
  const back = body.undoes ? 'took back a change of' : 'changed';
  const fields = Object.keys(fieldsOf(body.after) ?? {});
  if (fields.length === 1 && fields[0] === 'rank') return 'moved it in the backlog';
  const one = only(event);
  if (one) return `${back} ${one.name}: ${one.before} → ${one.after}`;
  return `${back} ${fields.map(nameOf).join(', ')}`;
}

const fieldsOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;

const nameOf = (name: string) => names[name] ?? name.replaceAll('_', ' ');

function shown(name: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (Array.isArray(value)) return value.join(', ') || 'nothing';
  if (typeof value === 'object') return String((value as { name?: unknown }).name ?? '');
  if (name === 'due') return asDay(String(value));
  return slugs.has(name) ? spoken(String(value)) : String(value);
}
