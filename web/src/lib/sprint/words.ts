import type { Sprint, SprintLine, SprintQuestion } from '$lib/api/types';
import { asDay, count } from '$lib/text/format';
import type { Tone } from '$lib/ui/Badge.svelte';

export const modeNames = { delivery: 'Delivery', experiment: 'Experiment' } as const;
export const goalVerdictNames = { met: 'Met', partly: 'Met in part', missed: 'Not met' } as const;
export const fitNames = { fits: 'Fits', over: 'Too much', unknown: 'Capacity unknown' } as const;

export const sprintHref = ({ project, id }: Pick<SprintLine, 'project' | 'id'>) =>
  `/${project}/sprints/${id}`;
export const daysOf = ({ first_day, last_day }: Pick<SprintLine, 'first_day' | 'last_day'>) =>
  `${asDay(first_day)} to ${asDay(last_day)}`;

/** Points as people say them: at most one place behind the point. */
export const points = (value: number) => String(Math.round(value * 10) / 10);

/** Whether points say anything here: an experiment sprint is about questions. */
export const countsPoints = ({ mode, totals }: Pick<SprintLine, 'mode' | 'totals'>) =>
  mode === 'delivery' || totals.points > 0;

const answers: Record<string, [string, Tone]> = {
  supported: ['Supported', 'good'],
  refuted: ['Refuted', 'bad'],
  inconclusive: ['Inconclusive', 'wait'],
  yes: ['Yes', 'good'],
  no: ['No', 'bad'],
  unknown: ['Unknown', 'wait'],
};

/** What is known of a question, and how that looks. */
export const answerOf = ({ answer }: SprintQuestion): [string, Tone] =>
  answers[answer ?? ''] ?? ['Open', 'calm'];

/** "1 of 2" */
export const answered = (questions: SprintQuestion[]) =>
  `${questions.filter(({ answer }) => answer && answer in answers).length} of ${questions.length}`;

/** "3 of 8 items, 5 of 19 points are done" */
export function progress({ mode, totals }: Pick<SprintLine, 'mode' | 'totals'>): string {
  const items = `${totals.items_done} of ${count(totals.items, 'item')}`;
  if (!countsPoints({ mode, totals })) return items;
  return `${items}, ${points(totals.points_done)} of ${count(Math.round(totals.points * 10) / 10, 'point')}`;
}

/** The load against what the people can take on, in a sentence. */
export function fitSentence({ plan }: Pick<Sprint, 'plan'>): string {
  const load = count(Math.round(plan.load * 10) / 10, 'point');
  if (plan.capacity === null)
    return `${load} are in it. Say who works in it, or close a sprint, to see if that fits.`;
  return `${load} for a capacity of ${points(plan.capacity)}.`;
}

/** Days from today to the last one: "4 days left", "ends today", "2 days over". */
export function left({ last_day }: Pick<SprintLine, 'last_day'>, today = new Date()): string {
  const utc = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate());
  const days = Math.round((Date.parse(`${last_day}T00:00:00Z`) - utc) / 86_400_000);
  if (days === 0) return 'ends today';
  return days > 0 ? `${count(days, 'day')} left` : `${count(-days, 'day')} over`;
}
