import { page } from '$app/state';
import { everything, reread } from './reread';

// One stream names what changed. A page nobody looks at lets it go after a while, because browsers allow few of
// them, and reads again when it is looked at.

const patience = 30_000;
/** Streams end from time to time and come back at once; only a longer silence is worth a word. */
const silence = 5_000;
export const live = $state({ connected: true });

export function follow(): () => void {
  let source: EventSource | null = null;
  // What changed between the first read and the opening of the stream has been missed, too. A page that was refused
  // has read nothing that could have grown old.
  let missed = !page.error;
  let later: ReturnType<typeof setTimeout> | undefined;
  let silent: ReturnType<typeof setTimeout> | undefined;

  function open() {
    close();
    source = new EventSource('/api/v1/live');
    source.onopen = opened;
    source.onerror = broken;
    source.addEventListener('changed', ({ data }) => void reread(JSON.parse(data)));
  }

  function opened() {
    clearTimeout(silent);
    silent = undefined;
    live.connected = true;
    if (missed) void reread([everything]);
    missed = false;
  }

  function broken() {
    missed = true;
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
    later = setTimeout(() => {
      missed = true;
      close();
    }, patience);
  }

  open();
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearTimeout(silent);
    close();
  };
}
