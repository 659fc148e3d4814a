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

const rounded = (value: number) => Math.round(value * 10) / 10;

/** Points as people say them: at most one place behind the point. */
export const points = (value: number) => String(rounded(value));

/** Points of one working day: two places, so that they still say something of a slow team. */
export const perDay = (value: number) => String(Math.round(value * 100) / 100);

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
  return `${items}, ${points(totals.points_done)} of ${count(rounded(totals.points), 'point')}`;
}

/** What counts for nothing, as it was done before. */
export const doneBefore = ({ done_before }: Pick<Sprint, 'done_before'>) =>
  done_before === 1
    ? '1 item that was done before is no part of that.'
    : `${done_before} items that were done before are no part of that.`;

/** The load against what the people can take on, in a sentence. */
export function fitSentence({ plan }: Pick<Sprint, 'plan'>): string {
  const load = count(rounded(plan.load), 'point');
  if (plan.capacity === null)
    return `${load} are in it. Say who works in it, or close a sprint, to see if that fits.`;
  return `${load} for a capacity of ${points(plan.capacity)}.`;
}

/** What speaks against starting a sprint as it is planned, in sentences. */
export function doubts(
  sprint: Pick<Sprint, 'plan' | 'mode' | 'totals' | 'first_day'>,
  today = new Date(),
): string[] {
  const { plan, first_day } = sprint;
  const early =
    first_day > today.toISOString().slice(0, 10) &&
    `It is planned for ${asDay(first_day)}, and begins today.`;
  if (!countsPoints(sprint)) return early ? [early] : [];
  const { unestimated, unassigned } = plan;
  return [
    early,
    plan.fit === 'over' && fitSentence(sprint),
    ...plan.people
      .filter((each) => each.over)
      .map(
        ({ person, load, capacity }) =>
          `${person.name} has ${points(load)} of ${count(rounded(capacity ?? 0), 'point')}.`,
      ),
    ...outside(plan).map(
      ({ person, load }) => `${person.name} is not in the sprint and has ${count(rounded(load), 'point')}.`,
    ),
    unestimated > 0 && `${count(unestimated, 'item')} ${unestimated === 1 ? 'has' : 'have'} no estimate.`,
    unassigned > 0 &&
      `${count(rounded(unassigned), 'point')} ${unassigned === 1 ? 'belongs' : 'belong'} to nobody.`,
  ].filter((doubt) => doubt !== false);
}

/** Who has items in a sprint for which others were named. */
export const outside = ({ people }: Sprint['plan']) =>
  people.some(({ named }) => named) ? people.filter(({ named, load }) => !named && load > 0) : [];

/** Who was named while nobody said how much they take on: the capacity is that of the others. */
export const uncounted = ({ people, capacity }: Sprint['plan']) =>
  capacity === null ? [] : people.filter((each) => each.named && each.capacity === null);

/** Days from today to the last one: "ends in 4 days", "ends today", "2 days over". */
export function left({ last_day }: Pick<SprintLine, 'last_day'>, today = new Date()): string {
  const utc = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate());
  const days = Math.round((Date.parse(`${last_day}T00:00:00Z`) - utc) / 86_400_000);
  if (days === 0) return 'ends today';
  return days > 0 ? `ends in ${count(days, 'day')}` : `${count(-days, 'day')} over`;
}
