import type {
  Deck,
  EstimateCard,
  EstimateResult,
  EstimateRound,
  EstimatedItem,
  Sitting,
} from '$lib/api/types';
import { count } from '$lib/text/format';

export const deckNames: Record<Deck, string> = {
  modified_fibonacci: 'Modified Fibonacci: 0, ½, 1, 2, 3, 5, 8, 13, 20, 40, 100',
  fibonacci: 'Fibonacci: 0 to 89',
  powers_of_two: 'Powers of two: 0 to 64',
  t_shirt: 'T-shirt sizes: XS to XXL',
  own: 'A deck of your own',
};

export const stateNames: Record<EstimateRound['state'], string> = {
  voting: 'Voting',
  revealed: 'Revealed',
  settled: 'Agreed',
  repeated: 'Voted again',
  set_aside: 'Set aside',
};

/** What a card that is no size says, for those who do not know its sign. */
const meanings: Record<string, string> = {
  unsure: 'no idea',
  too_big: 'must be split',
  break: 'a break, please',
};

export const meaning = ({ says }: EstimateCard) => meanings[says] ?? '';

/** "Dana", "Dana and Mei", "Dana, Mei and Ben". */
export function listed(names: string[]): string {
  const last = names.at(-1) ?? '';
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last}` : last;
}

/** What the cards say together, and what there is to do. */
export function told(result: EstimateResult, votes: EstimateRound['votes']): string {
  const { standing, steps, lowest, highest, proposal } = result;
  const chose = votes.filter(({ card }) => card === proposal).length;
  const others = listed(result.dissent.map(({ name }) => name));
  if (standing === 'consensus')
    return chose === 1
      ? `One person gave a size: ${proposal}.`
      : `All ${chose} who gave a size chose ${proposal}.`;
  if (standing === 'none') return 'Nobody gave a size. Vote again.';
  if (standing === 'unsure')
    return 'Somebody has no idea, or holds the item to be too big. Talk about it and vote again, or split the item.';
  if (standing === 'near')
    return `Within one step, from ${lowest} to ${highest}. ${others ? `Ask ${others} whether ${proposal} is fine, or vote again.` : `Everybody can live with ${proposal}.`}`;
  return `${count(steps, 'step')} apart, from ${lowest} to ${highest}. Let these two explain, and write down what came up.`;
}

/** The open round and the item it is about. */
export function openRound(sitting: Sitting): { item: EstimatedItem; round: EstimateRound } | null {
  for (const item of sitting.items)
    for (const round of item.rounds) if (round.id === sitting.round) return { item, round };
  return null;
}

/** `m:ss`. */
export const clock = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
