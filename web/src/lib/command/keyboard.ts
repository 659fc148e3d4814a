import { preferences } from '$lib/preferences.svelte';
import { available } from './commands.svelte';

let started = '';
let timer: ReturnType<typeof setTimeout> | undefined;

/** Runs the command whose keys were pressed. Single keys rest while someone types or a dialog is open. */
export function onkeydown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const mod = event.ctrlKey || event.metaKey;
  if (!mod && (!preferences.singleKeys || isBusy(event.target))) return;

  // A capital letter says by itself that Shift was held.
  const named = event.shiftKey && event.key.length > 1 ? `shift+${event.key}` : event.key;
  const pressed = mod ? `mod+${event.key.toLowerCase()}` : named;
  const keys = started ? `${started} ${pressed}` : pressed;
  reset();
  const strokes = [keys, mod && shifted(event)];
  const command = available().find((each) => each.keys && strokes.includes(each.keys));
  if (command?.yields && isBusy(event.target)) return;
  if (command) {
    event.preventDefault();
    command.run();
  } else if (!mod && available().some((each) => each.keys?.startsWith(`${keys} `))) {
    started = keys;
    timer = setTimeout(reset, 1200);
  }
}

/** With Shift held, what the key of a stop or a comma says is not the same on every keyboard. */
function shifted({ shiftKey, code }: KeyboardEvent): string | undefined {
  const sign = { Period: '.', Comma: ',' }[code];
  return shiftKey && sign ? `mod+shift+${sign}` : undefined;
}

function reset() {
  started = '';
  clearTimeout(timer);
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]')) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'))
  );
}
