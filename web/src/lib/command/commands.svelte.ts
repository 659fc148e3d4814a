import { untrack } from 'svelte';

/** What a person can do here: one list for the palette, the shortcut help and the keyboard. */
export type Command = {
  name: string;
  /** `c`, `g e` (one key after the other) or `mod+k`. */
  keys?: string;
  when?: () => boolean;
  run: () => void;
};

let contributions = $state.raw<Command[][]>([]);

/** Called while a component is set up: its commands exist as long as it does. */
export function contribute(commands: () => Command[]): void {
  $effect(() => {
    const list = commands();
    untrack(() => (contributions = [...contributions, list]));
    return () => (contributions = contributions.filter((other) => other !== list));
  });
}

export function available(): Command[] {
  return contributions.flat().filter((command) => command.when?.() ?? true);
}
