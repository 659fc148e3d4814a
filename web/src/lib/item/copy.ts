// How else an item is named outside: by its id, its address, and the branch on which it is worked on.
import type { Command } from '$lib/command/commands.svelte';
import { toClipboard } from '$lib/ui/clipboard';
import { itemHref } from './act';

type Named = { key: string; title: string };

/** `CHURN-12 Mask the ids` as `churn-12-mask-the-ids`, as long as fits on a line. */
export function branchOf({ key, title }: Named): string {
  const words = `${key} ${title}`
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[a-z0-9]+/g);
  return (words ?? []).join('-').slice(0, 60).replace(/-$/, '');
}

export function copying(item: () => Named | undefined): Command[] {
  const copy = (name: string, keys: string, textOf: (item: Named) => string): Command => ({
    name: `Copy the ${name} of ${item()?.key}`,
    keys,
    when: () => !!item(),
    run: () => {
      const text = textOf(item()!);
      void toClipboard(text, `${text} is copied.`);
    },
  });
  return [
    copy('id', 'mod+.', ({ key }) => key),
    copy('address', 'mod+shift+,', ({ key }) => location.origin + itemHref(key)),
    copy('branch name', 'mod+shift+.', branchOf),
  ];
}
