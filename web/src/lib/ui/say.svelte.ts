// What just happened, for eyes (a note at the bottom) and for screen readers (a live region).

type Note = { id: number; text: string };

let last = 0;
export const notes = $state<Note[]>([]);

/** Said again, a note is renewed: it is one note still, and is read out again. */
export function say(text: string): void {
  drop((note) => note.text === text);
  last += 1;
  const id = last;
  notes.push({ id, text });
  setTimeout(() => drop((note) => note.id === id), timeToRead(text));
}

function drop(which: (note: Note) => boolean) {
  const index = notes.findIndex(which);
  if (index >= 0) notes.splice(index, 1);
}

/** Two words are read sooner than the reason of a refusal. */
const timeToRead = (text: string) => Math.min(6000, 2500 + 50 * text.length);
