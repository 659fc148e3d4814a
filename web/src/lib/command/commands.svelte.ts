import { untrack } from 'svelte';

/** What a person can do here: one list for the palette, the shortcut help and the keyboard. */
export type Command = {
  name: string;
  /** Other words by which the palette finds it. */
  also?: string;
  /** `c`, `g e` (one key after the other), `shift+ArrowUp` or `mod+k`. */
  keys?: string;
  when?: () => boolean;
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

export function available(): Command[] {
  return contributions.flatMap((commands) => commands()).filter((command) => command.when?.() ?? true);
}
