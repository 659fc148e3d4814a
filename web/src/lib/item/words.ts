import type {
  Category,
  Domain,
  DoneProfile,
  FlowClass,
  ItemKind,
  Priority,
  ProductKind,
  Reaction,
  Stands,
} from '$lib/api/types';

// What the words of the backlog are called on the screen.

export const kindNames: Record<ItemKind, string> = {
  epic: 'Epic',
  feature: 'Feature',
  story: 'Story',
  task: 'Task',
  bug: 'Bug',
  spike: 'Spike',
  hypothesis: 'Hypothesis',
  data: 'Data',
  training: 'Training',
  evaluation: 'Evaluation',
  serving: 'Serving',
  prompt: 'Prompt',
  enabler: 'Enabler',
  risk: 'Risk',
  action: 'Action',
};

/** How far up a kind stands: an item lies under one of a greater level. */
export const kindLevels: Record<ItemKind, number> = {
  epic: 4,
  feature: 3,
  story: 2,
  enabler: 2,
  hypothesis: 2,
  risk: 2,
  bug: 1,
  spike: 1,
  data: 1,
  training: 1,
  evaluation: 1,
  serving: 1,
  prompt: 1,
  task: 0,
  action: 0,
};

export const priorityNames: Record<Priority, string> = {
  urgent: 'Urgent',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'None',
};

export const categoryNames: Record<Category, string> = {
  open: 'Open',
  doing: 'Doing',
  done: 'Done',
  cancelled: 'Cancelled',
};

export const domainNames: Record<Domain, string> = {
  clear: 'Clear: the way is known',
  complicated: 'Complicated: experts find the way',
  complex: 'Complex: only trying shows the way',
  chaotic: 'Chaotic: act first',
};

export const classNames: Record<FlowClass, string> = {
  expedite: 'Expedite',
  fixed_date: 'Fixed date',
  standard: 'Standard',
  intangible: 'Intangible',
};

export const doneProfileNames: Record<DoneProfile, string> = {
  data: 'Data',
  feature: 'Feature',
  training: 'Training',
  evaluation: 'Evaluation',
  serving: 'Serving',
  prompt: 'Prompt',
  rag_index: 'RAG index',
  spike: 'Spike',
  monitoring: 'Monitoring',
  feedback_fix: 'Fix after feedback',
};

/** Before the key of the other item. */
export const standsNames: Record<Stands, string> = {
  blocks: 'Blocks',
  blocked_by: 'Waits for',
  relates: 'Relates to',
  duplicates: 'Duplicates',
  duplicated_by: 'Is duplicated by',
  splits_from: 'Was split from',
  split_into: 'Was split into',
  tests: 'Tests',
  tested_by: 'Is tested by',
};

export const productNames: Record<ProductKind, string> = {
  run: 'Run',
  experiment: 'Experiment',
  dataset: 'Dataset',
  version: 'Model version',
  commit: 'Commit',
};

export const reactionNames: Record<Reaction, string> = {
  agree: 'Agree',
  disagree: 'Disagree',
  thanks: 'Thanks',
  celebrate: 'Celebrate',
  look: 'Looking into it',
  puzzled: 'Puzzled',
};

/** As options of a list in which nothing can be chosen, too. */
export const withNone = (names: Record<string, string>, none: string) => ({ '': none, ...names });

/** What somebody else made of a field that one was writing in. */
export const overtaken = (theirs: string) =>
  theirs ? `Someone else wrote “${theirs}” meanwhile.` : 'Someone else emptied this meanwhile.';
