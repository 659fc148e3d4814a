// What just happened, for eyes (a note at the bottom) and for screen readers (a live region).

/** What can be done about it from the note itself. */
export type Act = { verb: string; run: () => void };
type Note = { id: number; text: string; act?: Act };

/** What was said before these is in the way of what one does next. */
const most = 2;

let last = 0;
export const notes = $state<Note[]>([]);

/** Said again, or of another item, a note is renewed: it is one note still, and is read out again. */
export function say(text: string, act?: Act): void {
  // What it offered to take back is no longer the last thing that happened.
  drop((note) => !!note.act);
  drop((note) => ofAny(note.text) === ofAny(text));
  while (notes.length >= most) notes.shift();
  last += 1;
  const id = last;
  notes.push({ id, text, act });
  setTimeout(() => hide(id), act ? timeToDecide : timeToRead(text));
}

export const hide = (id: number) => drop((note) => note.id === id);

function drop(which: (note: Note) => boolean) {
  const index = notes.findIndex(which);
  if (index >= 0) notes.splice(index, 1);
}

/** The sentence, whichever item it is about. */
const ofAny = (text: string) => text.replaceAll(/\b[A-Z][A-Z0-9]*-\d+\b/g, '…');

/** Two words are read sooner than the reason of a refusal. */
const timeToRead = (text: string) => Math.min(6000, 2500 + 50 * text.length);
const timeToDecide = 10_000;
