import { untrack } from 'svelte';

/** What a person can do here: one list for the palette, the shortcut help and the keyboard. */
export type Command = {
  name: string;
  /** Other words by which the palette finds it. */
  also?: string;
  /** `c`, `g e` (one key after the other), `shift+ArrowUp` or `mod+k`. */
  keys?: string;
  /**
   * One of many alike: as those of the rows of a list it comes last, and as the choices of a filter only when words ask
   * for it.
   */
  seldom?: 'last' | 'asked';
  when?: () => boolean;
  /** In a field these keys are the field's own, and while a dialog is open they rest. */
  yields?: boolean;
  run: () => void;
};

let contributions = $state.raw<(() => Command[])[]>([]);

/** Called while a component is set up: its commands exist as long as it does, and are those of the moment they are asked for. */
export function contribute(commands: () => Command[]): void {
  $effect(() => {
    untrack(() => (contributions = [...contributions, commands]));
    return () => (contributions = contributions.filter((other) => other !== commands));
  });
}

/** Of several that go by one name, as a button and a key for it do, there is one: the one with a key. */
export function available(): Command[] {
  const all = contributions.flatMap((commands) => commands()).filter((command) => command.when?.() ?? true);
  const named = Map.groupBy(all, ({ name }) => name);
  return [...named.values()].map((alike) => alike.find(({ keys }) => keys) ?? alike[0]!);
}
