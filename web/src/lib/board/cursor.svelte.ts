// Which card of a board the keyboard is at, and how it comes to the next.
import { tick } from 'svelte';
import type { ItemLine } from '$lib/api/types';
import { isFree } from '$lib/ui/focus';
import type { Spot } from './board';
import type { Lane } from './lanes';
import type { Plane } from './plane.svelte';

/** A card by where it is drawn: which lane, which column, and which card there. */
export type Place = { lane: number; column: number; nth: number };

export class Cursor {
  /** The card at which the keyboard is. It stays so while another part of the page has the focus. */
  here = $state.raw<{ key: string; lane: string } | null>(null);
  #lanes: () => Lane[];
  #isFolded: (lane: Lane) => boolean;
  #plane: Plane;

  constructor(lanes: () => Lane[], isFolded: (lane: Lane) => boolean, plane: Plane) {
    this.#lanes = lanes;
    this.#isFolded = isFolded;
    this.#plane = plane;
  }

  current = $derived.by((): Spot | undefined => {
    const place = this.here && this.placeOf(this.here.key, this.here.lane);
    return place ? { item: this.itemAt(place)!, lane: this.here!.lane } : undefined;
  });

  itemAt = ({ lane, column, nth }: Place): ItemLine | undefined => this.#lanes()[lane]?.cells[column]?.[nth];

  placeOf(key: string, laneId?: string): Place | undefined {
    for (const [lane, { id, cells }] of this.#lanes().entries()) {
      if (laneId !== undefined && id !== laneId) continue;
      for (const [column, items] of cells.entries()) {
        const nth = items.findIndex((item) => item.key === key);
        if (nth >= 0) return { lane, column, nth };
      }
    }
  }

  /** To the next card of the column, or to the one beside it in the next column that has any. */
  step(across: number, down: number): void {
    const at = this.here && this.placeOf(this.here.key, this.here.lane);
    if (!at) return this.#focusAt(this.#first());
    if (down) return this.#focusAt(this.#below(at, down));
    const { cells } = this.#lanes()[at.lane]!;
    for (let column = at.column + across; cells[column]; column += across) {
      const { length } = cells[column]!;
      if (length) return this.#focusAt({ ...at, column, nth: Math.min(at.nth, length - 1) });
    }
  }

  #first(): Place | undefined {
    for (const [lane, each] of this.#lanes().entries()) {
      const column = this.#isFolded(each) ? -1 : each.cells.findIndex(({ length }) => length);
      if (column >= 0) return { lane, column, nth: 0 };
    }
  }

  /** Past the end of a lane it goes on in the next one. */
  #below({ lane, column, nth }: Place, by: number): Place | undefined {
    const lanes = this.#lanes();
    const length = lanes[lane]!.cells[column]!.length;
    const to = Math.abs(by) > 1 ? (by < 0 ? 0 : length - 1) : nth + by;
    if (to >= 0 && to < length) return { lane, column, nth: to };
    for (let next = lane + by; lanes[next]; next += by) {
      const { length } = lanes[next]!.cells[column]!;
      if (length && !this.#isFolded(lanes[next]!))
        return { lane: next, column, nth: by < 0 ? length - 1 : 0 };
    }
  }

  focus(key: string, lane?: string): void {
    this.#focusAt(this.placeOf(key, lane) ?? this.placeOf(key));
  }

  /** Goes along with a card that moved, unless whoever moved it is busy with something else by now. */
  follow(key: string, lane: string): void {
    const at = document.activeElement?.closest<HTMLElement>('[data-item]');
    if (isFree() || at?.dataset.item === key) this.focus(key, lane);
  }

  /** A card that is out of sight is brought there before it can be focused. */
  #focusAt(place: Place | undefined): void {
    const item = place && this.itemAt(place);
    if (!item) return;
    this.here = { key: item.key, lane: this.#lanes()[place.lane]!.id };
    this.#plane.reveal(place.lane, place.column, place.nth);
    void tick().then(() =>
      this.#cardOf(this.here!)?.querySelector<HTMLElement>('[data-title]')?.focus({ preventScroll: true }),
    );
  }

  #cardOf({ key, lane }: { key: string; lane: string }): Element | null | undefined {
    return this.#plane.root?.querySelector(`[data-lane="${CSS.escape(lane)}"] [data-item="${key}"]`);
  }

  openMenu({ item, lane }: Spot): void {
    const button = this.#cardOf({ key: item.key, lane })?.querySelector<HTMLElement>('[popovertarget]');
    button?.focus();
    button?.click();
  }

  onfocusin = ({ target }: FocusEvent): void => {
    const card = target instanceof Element ? target.closest<HTMLElement>('[data-item]') : null;
    const lane = card?.closest<HTMLElement>('[data-lane]')?.dataset.lane;
    this.here = card && lane !== undefined ? { key: card.dataset.item!, lane } : null;
  };
}
