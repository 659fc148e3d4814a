import type { LogEvent } from '$lib/api/types';
import { dutyNames, reviewNames, spoken } from '$lib/text/words';

// One phrase for each kind of event, after the name of who did it and before the name of the experiment, if it has one.
const phrases: Record<string, string> = {
  'alias.removed': 'removed an alias of',
  'alias.set': 'set an alias of',
  'approval.given': 'approved the promotion of',
  'approval.withdrawn': 'withdrew an approval of the promotion of',
  'artifact.deleted': 'deleted artifacts of',
  'attachment.added': 'attached a file to',
  'attachment.removed': 'removed a file from',
  'assessment.deleted': 'took back an assessment in',
  'check.decided': 'judged a point of',
  'checklist.added': 'added a line to the checklist of',
  'checklist.changed': 'changed the checklist of',
  'checklist.removed': 'removed a line from the checklist of',
  'checkpoint.asked': 'changed who is asked at the checkpoint',
  'checkpoint.closed': 'closed the checkpoint',
  'checkpoint.created': 'made the checkpoint',
  'checkpoint.decided': 'decided at a checkpoint about',
  'checkpoint.deleted': 'deleted the checkpoint',
  'checkpoint.rebuilt': 'built anew what is shown at the checkpoint',
  'column.set': 'set a column of the board of',
  'comment.added': 'commented on',
  'comment.deleted': 'deleted a comment on',
  'comment.edited': 'edited a comment on',
  'deployment.replaced': 'replaced what was in production for',
  'deployment.started': 'put into production',
  'estimate.accepted': 'settled an estimate in',
  'estimate.changed': 'changed the planning poker',
  'estimate.closed': 'closed the planning poker',
  'estimate.consented': 'noted a consent in',
  'estimate.note_planned': 'made an item of a note in',
  'estimate.noted': 'wrote a note in',
  'estimate.opened': 'opened a round of',
  'estimate.repeated': 'asked for another vote in',
  'estimate.revealed': 'revealed the votes in',
  'estimate.set_aside': 'set an item aside in',
  'estimate.started': 'started the planning poker',
  'estimate.vote_taken_back': 'took a vote back in',
  'estimate.voted': 'voted in',
  'evaluation_dataset.created': 'created an evaluation dataset in',
  'evaluation_dataset.deleted': 'deleted an evaluation dataset in',
  'evaluation_dataset.shortened': 'deleted records of an evaluation dataset in',
  'experiment.changed': 'changed',
  'experiment.deleted': 'deleted',
  'experiment.imported': 'imported',
  'experiment.proposed': 'proposed',
  'experiment.restored': 'restored',
  'fields.set': 'set the fields of items in',
  'item.arrived': 'moved here',
  'item.changed': 'changed',
  'item.created': 'created',
  'item.deleted': 'put into the trash',
  'item.left': 'moved away',
  'item.restored': 'took out of the trash',
  'limits.set': 'set the limits of',
  'limit.overruled': 'overruled a limit for',
  'member.removed': 'removed a member from',
  'member.set': 'changed the members of',
  'model.described': 'described',
  'model.deleted': 'deleted a model of',
  'model.imported': 'imported a model of',
  'model.logged': 'logged a model for',
  'model.registered': 'registered the model',
  'model.renamed': 'renamed a model to',
  'model.tagged': 'tagged',
  'model.unregistered': 'unregistered the model',
  'model.untagged': 'removed a tag of',
  'product.added': 'linked what came of',
  'product.removed': 'unlinked what came of',
  'project.changed': 'changed',
  'project.created': 'created',
  'prompt.registered': 'registered the prompt',
  'prompt.unregistered': 'unregistered the prompt',
  'promotion.approved': 'completed the approvals for',
  'promotion.asked': 'asked for promotion of',
  'promotion.expired': 'closed, as its time was over, the promotion of',
  'promotion.reopened': 'set back to waiting the promotion of',
  'promotion.replaced': 'replaced the promotion of',
  'promotion.withdrawn': 'closed the promotion of',
  'relation.added': 'added a relation to',
  'relation.removed': 'removed a relation of',
  'review.asked': 'asked for the reviews of',
  'review.decided': 'decided a review of',
  'rule.set': 'set the decision rule of',
  'run.created': 'started a run for',
  'run.deleted': 'deleted a run of',
  'run.finished': 'finished a run for',
  'run.imported': 'imported a run of',
  'run.restored': 'restored a run of',
  'run.resumed': 'resumed a run for',
  'spike.answered': 'answered',
  'spike.set': 'changed the question of',
  'sprint.changed': 'changed a sprint of',
  'sprint.closed': 'closed a sprint of',
  'sprint.created': 'planned a sprint of',
  'sprint.deleted': 'gave up a sprint of',
  'sprint.people_set': 'set the capacity of a sprint of',
  'sprint.started': 'started a sprint of',
  'story.split': 'split into components',
  'team.changed': 'changed a team in',
  'team.created': 'created a team in',
  'team.deleted': 'deleted a team in',
  'trace.deleted': 'deleted traces of',
  'verdict.changed': 'changed the verdict of',
  'version.created': 'registered a version of',
  'version.deleted': 'deleted a version of',
  'version.described': 'described a version of',
  'version.labelled': 'labelled a version of',
  'version.tagged': 'tagged a version of',
  'version.untagged': 'removed a tag of a version of',
  'webhook.changed': 'changed a webhook of',
  'webhook.created': 'made a webhook for',
  'webhook.deleted': 'deleted a webhook of',
  'webhook.replayed': 'sent a delivery again for',
  'webhook.tested': 'tested a webhook of',
  'workflow.set': 'set the statuses of',
};

const choices: Record<string, string> = {
  continue: 'decided to continue',
  stop: 'decided to stop',
  change: 'decided to change',
};

const judgements: Record<string, string> = { pass: 'passed', fail: 'failed', open: 'reopened' };

const text = (value: unknown) => (typeof value === 'string' ? value : '');

function eventPhrase({ kind, body }: LogEvent): string {
  const review = reviewNames[text(body?.review) as keyof typeof reviewNames]?.toLowerCase();
  if (kind === 'review.decided' && review) return `${text(body?.decision)} the ${review} of`;
  if (kind === 'checkpoint.decided') return choices[text(body?.choice)] ?? phrases[kind]!;
  const duty = dutyNames[text(body?.duty) as keyof typeof dutyNames];
  if (kind === 'approval.given' && duty) return `approved, as ${duty.toLowerCase()}, the promotion of`;
  if (kind === 'approval.withdrawn' && duty)
    return `${withdrawal(body)}, as ${duty.toLowerCase()}, of the promotion of`;
  if (kind === 'check.decided' && review)
    return `${judgements[text(body?.state)]} “${spoken(text(body?.key))}” in the ${review} of`;
  if (kind === 'verdict.changed' && body?.to) return `changed the verdict to ${text(body.to)} for`;
  const version = typeof body?.version === 'number' ? body.version : null;
  if (kind === 'alias.set' && body?.alias)
    return `set the alias ${text(body.alias)} to version ${version} of`;
  if (kind === 'alias.removed' && body?.alias) return `removed the alias ${text(body.alias)} of`;
  if (kind === 'version.labelled' && version) return `labelled version ${version} as ${text(body?.stage)} of`;
  if (kind.startsWith('version.') && version)
    return phrases[kind]?.replace('a version', `version ${version}`) ?? kind;
  const [subject = '', verb = ''] = kind.split('.');
  return phrases[kind] ?? `${spoken(verb).toLowerCase()} the ${spoken(subject).toLowerCase()}`;
}

/** One that did not count any more makes room for another. */
const withdrawal = (body: LogEvent['body']) =>
  body?.void ? 'set aside a void approval' : 'withdrew the approval';

/** The number of the experiment it was about. */
export function eventExperiment({ subject, body }: LogEvent): number | null {
  const [kind, id] = subject.split(':');
  if (kind === 'experiment') return Number(id);
  return typeof body?.experiment === 'number' ? body.experiment : null;
}

/** The key by which people know the item that it was about. */
export function eventItem({ subject, body }: LogEvent): string | null {
  return subject.startsWith('item:') ? text(body?.key) || null : null;
}

/** The name of the sitting in which people estimated. */
export function eventSitting({ subject, body }: LogEvent): string | null {
  return subject.startsWith('sitting:') ? text(body?.name) || 'a sitting' : null;
}

/** The title of the checkpoint. */
export function eventCheckpoint({ subject, body }: LogEvent): string | null {
  return subject.startsWith('checkpoint:') ? text(body?.title) || 'a checkpoint' : null;
}

/** What the event itself knows of the registered model's name. */
export function eventModel({ subject, body }: LogEvent): string | null {
  if (!subject.startsWith('registered_model:')) return null;
  return text(body?.to) || text(body?.name);
}

/** `many` things of a kind were changed one after the other. */
export type Entry = { event: LogEvent; many: number };

/** A training job makes many events in a row, and so does seating a team; people want to hear of it once. */
export function fold(events: LogEvent[]): Entry[] {
  const entries: (Entry & { seen: Set<string> })[] = [];
  for (const event of events) {
    const last = entries.at(-1);
    const again = last && foldKey(event) && foldKey(event) === foldKey(last.event);
    if (again) last.many = last.seen.add(one(event)).size;
    else entries.push({ event, many: 1, seen: new Set([one(event)]) });
  }
  return entries;
}

/** What events have in common that are told as one; empty for those that stand alone. */
function foldKey(event: LogEvent): string {
  const [group = ''] = event.kind.split('.');
  if (group !== 'run' && group !== 'member') return '';
  return [group, event.actor.id, event.project, eventExperiment(event)].join();
}

/** The run, or the person whose seat it was. */
const one = ({ kind, subject, body }: LogEvent) => (kind.startsWith('run.') ? subject : text(body?.user));

export function foldedPhrase({ event, many }: Entry): string {
  if (many === 1) return eventPhrase(event);
  return event.kind.startsWith('run.') ? `worked on ${many} runs of` : `changed ${many} members of`;
}

/** The page it is about; of several runs, their experiment. */
export function eventHref({ event, many }: Entry): string | null {
  const [kind, id] = event.subject.split(':');
  const { project } = event;
  if (!project) return null;
  if (kind === 'run' && many === 1) return `/${project}/runs/${id}`;
  if (kind === 'sitting') return `/${project}/estimates/${id}`;
  if (kind === 'checkpoint')
    return `/${project}/checkpoints${event.kind.endsWith('.deleted') ? '' : `/${id}`}`;
  if (kind === 'promotion') return `/${project}/promotions/${id}`;
  const item = eventItem(event);
  if (item) return `/${project}/items/${item}`;
  if (['column', 'workflow', 'fields'].includes(kind ?? '')) return `/${project}/board`;
  if (kind === 'registered_model') {
    return event.kind.endsWith('.unregistered') ? `/${project}/models` : `/${project}/models/${id}`;
  }
  const experiment = eventExperiment(event);
  if (experiment === null) return `/${project}/team`;
  return `/${project}/${kind === 'review' ? 'reviews' : 'experiments'}/${experiment}`;
}
