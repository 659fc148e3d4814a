import { say } from './say.svelte';

/** Browsers give the clipboard only to secure origins. */
export async function toClipboard(text: string, done = 'Copied.'): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    say('The browser did not allow copying. Select the text and copy it by hand.');
    return false;
  }
  say(done);
  return true;
}
