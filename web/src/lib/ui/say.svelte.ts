// What just happened, for eyes (a note at the bottom) and for screen readers (a live region).

type Note = { id: number; text: string };

let last = 0;
export const notes = $state<Note[]>([]);

export function say(text: string): void {
  last += 1;
  const note = { id: last, text };
  notes.push(note);
  setTimeout(() => {
    const index = notes.findIndex(({ id }) => id === note.id);
    if (index >= 0) notes.splice(index, 1);
  }, 6000);
}
