import { page } from '$app/state';
import { query } from './api/client';
import { reread } from './reread';

// One stream names what changed. A page nobody looks at lets it go after a while, because browsers allow few of
// them, and reads again when it is looked at.

const patience = 30_000;
/** Streams end from time to time and come back at once; only a longer silence is worth a word. */
const silence = 5_000;
export const live = $state({ connected: true });

export function follow(): () => void {
  let source: EventSource | null = null;
  // Where the stream was when the page was read, and after each message: what changed since is told when it opens. A page
  // that was refused has read nothing that could have grown old.
  let since: string | undefined = page.error ? undefined : page.data.me?.live;
  let later: ReturnType<typeof setTimeout> | undefined;
  let silent: ReturnType<typeof setTimeout> | undefined;

  function open() {
    close();
    source = new EventSource(`/api/v1/live${query({ since })}`);
    source.onopen = opened;
    source.onerror = broken;
    source.addEventListener('ready', heard);
    source.addEventListener('changed', heard);
  }

  function opened() {
    clearTimeout(silent);
    silent = undefined;
    live.connected = true;
  }

  function heard({ data, lastEventId }: MessageEvent<string>) {
    since = lastEventId;
    void reread(JSON.parse(data));
  }

  function broken() {
    silent ??= setTimeout(() => (live.connected = false), silence);
    if (source?.readyState === EventSource.CLOSED) later = setTimeout(open, 3000);
  }

  function close() {
    clearTimeout(later);
    source?.close();
    source = null;
  }

  function look() {
    clearTimeout(later);
    if (!document.hidden) return source ?? open();
    later = setTimeout(close, patience);
  }

  open();
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearTimeout(silent);
    close();
  };
}
