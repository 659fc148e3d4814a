import { Marked, type Token, type Tokens } from 'marked';
import type { Person } from '$lib/api/types';

// `@` and an address at the beginning of a word name somebody, as the server reads it. No mail is meant.
const named =
  /^@([^\s@()[\]{}<>"*`,;]+@[^\s@()[\]{}<>"*`,;]*\.[^\s@()[\]{}<>"*`,;]*[^\s@()[\]{}<>"*`,;.:!?'])/;
const begins = /(?<![^\s()[\]{}<>"*`,;])@[^\s@]+@/;

const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: [
    {
      name: 'mention',
      level: 'inline',
      start: (text) => {
        const at = text.search(begins);
        return at < 0 ? undefined : at;
      },
      tokenizer(text) {
        const [raw, address] = named.exec(text) ?? [];
        return raw === undefined ? undefined : { type: 'mention', raw, address, text: raw };
      },
    },
  ],
});

/** What people wrote, in its parts; who is mentioned in it is called by name. */
export function parts(text: string, people: Person[]): Token[] {
  const tokens = marked.lexer(text);
  marked.walkTokens(tokens, (token) => {
    if (token.type !== 'mention') return;
    const person = people.find(({ email }) => email === (token as Tokens.Generic).address);
    if (person?.name) token.text = `@${person.name}`;
  });
  return tokens;
}
