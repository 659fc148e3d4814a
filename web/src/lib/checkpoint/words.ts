import type {
  CheckpointChoice,
  CheckpointDecider,
  CheckpointLine,
  EvidencePack,
  PackQuestion,
  SprintLine,
} from '$lib/api/types';
import { asDay, count } from '$lib/text/format';
import type { Tone } from '$lib/ui/Badge.svelte';

export const choiceNames: Record<CheckpointChoice, string> = {
  continue: 'Continue',
  stop: 'Stop',
  change: 'Change',
};

/** What is known of a question, as a badge says it. */
export const outcomeNames: Record<PackQuestion['outcome'], [string, Tone]> = {
  open: ['Open', 'calm'],
  supported: ['It holds', 'good'],
  refuted: ['It does not hold', 'bad'],
  yes: ['Yes', 'good'],
  no: ['No', 'bad'],
  unknown: ['Unknown', 'wait'],
};

const gone = { disabled: 'cannot sign in any more', left: 'left the project' };

/** "Omar (left the project)" */
export function decider(asked: CheckpointDecider): string {
  const name = asked.name || asked.email;
  return asked.gone ? `${name} (${gone[asked.gone]})` : name;
}

/** Where it stands; while it is open, who works on it and until when. */
export function place({ status, owner, ends_on, days_left, options }: PackQuestion): string {
  if (!options.length) return `${status}.`;
  const who = owner ? `${owner} works on it` : 'nobody works on it';
  if (!ends_on) return `${status}; ${who}.`;
  if (days_left === null) return `${status}; ${who}. Its time ended on ${asDay(ends_on)}.`;
  return `${status}; ${who}. Its time ends on ${asDay(ends_on)}.`;
}

/** "3 runs: 2 finished, 1 failed. They took 6 hours and cost 15 EUR." */
export function effort(question: PackQuestion, { currency }: EvidencePack): string {
  const { runs, hours, cost } = question;
  if (!runs) return '';
  if (!runs.total) return 'No run in these days.';
  const parts = [
    runs.finished && `${runs.finished} finished`,
    runs.failed && `${runs.failed} failed`,
    runs.running && `${runs.running} running`,
  ].filter(Boolean);
  const money = cost === null ? '' : ` and cost ${cost} ${currency}`;
  return `${count(runs.total, 'run')} in these days: ${parts.join(', ')}. Together: ${count(hours, 'hour')}${money}.`;
}

const due = 14 * 86_400_000;

/** Why an experiment sprint that runs needs a checkpoint: the last one was more than two weeks ago. */
export function overdue(
  latest: Pick<CheckpointLine, 'created_at'> | undefined,
  { mode, state, started_at }: Pick<SprintLine, 'mode' | 'state' | 'started_at'>,
  now = Date.now(),
): string | null {
  if (mode !== 'experiment' || state !== 'running') return null;
  const last = latest?.created_at;
  const since = now - Date.parse(last ?? started_at ?? '');
  if (!(since > due)) return null;
  const days = count(Math.floor(since / 86_400_000), 'day');
  return last
    ? `The last checkpoint was ${days} ago.`
    : `The sprint runs for ${days}, and there was no checkpoint.`;
}
