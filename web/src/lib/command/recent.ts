// The items that were looked at last, for the palette. They are gone with the tab.

export type Seen = { key: string; title: string };

const most = 5;
const place = 'slipway:seen';

export function seen(): Seen[] {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? '[]');
  } catch {
    return [];
  }
}

export function see({ key, title }: Seen): void {
  const all = [{ key, title }, ...seen().filter((other) => other.key !== key)];
  try {
    sessionStorage.setItem(place, JSON.stringify(all.slice(0, most + 1)));
  } catch {
    // A browser that keeps nothing has no list of them.
  }
}

export const forget = () => sessionStorage.removeItem(place);
