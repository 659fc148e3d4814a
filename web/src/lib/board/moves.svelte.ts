// Moving cards: each is shown where it shall be, the server is asked, and what it said is shown.
import { tick } from 'svelte';
import { Problem } from '$lib/api/client';
import type { Item, ItemBrief, ItemLine } from '$lib/api/types';
import { moveItem, readUntil, type ItemMove } from '$lib/item/act';
import type { Refused } from '$lib/item/OverruleDialog.svelte';
import { caughtUp } from '$lib/kept';
import { say } from '$lib/ui/say.svelte';
import { statusIn } from './also';
import { placeIn, type Filled, type Spot, type Wish } from './board';
import type { Cursor } from './cursor.svelte';
import { changeInto, type Grouping, type Lane } from './lanes';

/** The board as it is, without what is wished for. */
type Ground = {
  columns: Filled[];
  lanes: Lane[];
  by: Grouping | null;
  project: string;
  mayOverrule: (item: ItemLine) => boolean;
};
type Into = Pick<Lane, 'id' | 'name'>;

export class Moves {
  wish = $state.raw<Wish | null>(null);
  /** The card on its way has arrived, and the page has not been read again yet. */
  arrived = $state(false);
  /** Those who hold the places that someone was refused. */
  marked = $state.raw<string[]>([]);
  refused = $state<Refused | null>(null);
  #ground: () => Ground;
  #cursor: () => Cursor;
  #before: Promise<unknown> = Promise.resolve();

  /** `cursor` is asked for only when a card moves, as it knows of the cards on their way. */
  constructor(ground: () => Ground, cursor: () => Cursor) {
    this.#ground = ground;
    this.#cursor = cursor;
  }

  /** Without a lane it stays in its own; without a place its rank says where it goes. */
  move(spot: Spot, status: number, lane?: Into, nth: number | null = null): void {
    this.#soon(spot, () => this.#move(spot, status, lane ?? own(spot), nth));
  }

  /** Into the column beside. */
  shift(spot: Spot, by: number): void {
    this.#soon(spot, () => {
      const at = this.#cursor().placeOf(spot.item.key, spot.lane);
      const to = at && this.#ground().columns[at.column + by];
      if (to) return this.#move(spot, to.status.id, own(spot), null);
    });
  }

  /** Up or down in its column. */
  climb(spot: Spot, by: number): void {
    this.#soon(spot, () => {
      const at = this.#cursor().placeOf(spot.item.key, spot.lane);
      if (!at || !this.#cursor().itemAt({ ...at, nth: at.nth + by })) return;
      const { status } = this.#ground().columns[at.column]!;
      // What is done stands in the order in which it was done.
      if (status.category === 'done') return;
      return this.#move(spot, status.id, own(spot), at.nth + by);
    });
  }

  /**
   * One after the other: what is asked for while a card is on its way is meant of the board as it is after. On a board that
   * is from before it is meant only if the card is where it was seen.
   */
  #soon(spot: Spot, act: () => Promise<void> | void): void {
    const when = this.#before.catch(() => {});
    this.#before = when.then(async () => ((await caughtUp()) && this.#isElsewhere(spot) ? undefined : act()));
  }

  /** All that stand on the board. One that was left has none, while a move may still be on its way. */
  #cards(): ItemLine[] {
    const { columns } = this.#ground() as Partial<Ground>;
    return columns?.flatMap(({ items }) => items) ?? [];
  }

  #isElsewhere({ item }: Spot): boolean {
    const found = this.#cards().find(({ key }) => key === item.key);
    if (found?.status.id === item.status.id) return false;
    const where = found ? `is in ${found.status.name} by now` : 'has left this board';
    say(`${item.key} ${where}. Move it again if you still mean to.`);
    return true;
  }

  async #move(from: Spot, status: number, lane: Into, nth: number | null): Promise<void> {
    const { columns, lanes, by, project } = this.#ground();
    const cursor = this.#cursor();
    const at = cursor.placeOf(from.item.key, from.lane);
    const to = columns.findIndex((each) => each.status.id === status);
    if (!at || to < 0) return;
    const spot = { item: cursor.itemAt(at)!, lane: from.lane };
    const { item } = spot;
    if (item.can.edit !== true) return say(item.can.edit);
    if (by === 'project' && lane.id !== spot.lane)
      return say(`A move leaves ${item.key} in its project. Its page can bring it into another.`);
    const into = statusIn(columns[to]!, project, item);
    if (!into) return say(`${item.project} has no status that stands in ${columns[to]!.status.name}.`);
    const cell = lanes.find(({ id }) => id === lane.id)?.cells[to] ?? [];
    const asks: ItemMove = {
      status: at.column === to ? undefined : String(into.id),
      to: nth === null ? undefined : placeIn(cell, item, nth),
      change: by && lane.id !== spot.lane ? changeInto(item, by, spot.lane, lane.id) : undefined,
    };
    if (!asks.change && !asks.status && !asks.to) return;
    if (this.marked.length) this.marked = [];
    this.arrived = false;
    this.wish = { spot, status, lane, place: nth };
    await tick();
    cursor.follow(item.key, lane.id);
    let moved: Item | undefined;
    let isLost = false;
    try {
      moved = await moveItem(item.key, asks);
      this.arrived = true;
      say(
        `${item.key} is in ${[columns[to]!.status.name, asks.change && lane.name].filter(Boolean).join(', ')}.`,
      );
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      isLost = problem.isUnreachable;
      this.#refuse(item, asks, problem);
    } finally {
      // Once the server is back, the live stream has the board read again.
      if (!isLost) await readUntil(moved, () => this.#cards());
      this.wish = null;
      await tick();
      cursor.follow(item.key, moved ? lane.id : spot.lane);
    }
  }

  /** The reason is read out, and those who hold the places are marked. */
  #refuse(item: ItemLine, asks: ItemMove, problem: Problem): void {
    const occupants = problem.body.occupants as ItemBrief[] | undefined;
    this.marked = occupants?.map(({ key }) => key) ?? [];
    if (occupants && this.#ground().mayOverrule(item))
      this.refused = { key: item.key, move: asks, why: problem.message };
    say(problem.message);
  }
}

const own = ({ lane }: Spot): Into => ({ id: lane, name: '' });
