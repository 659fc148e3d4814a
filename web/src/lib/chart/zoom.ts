/** The steps that charts show: from the first to the last, both included. It stands in the page's address. */
export type Zoom = { from: number; to: number };

export function zoomOf(get: (name: string) => string | null): Zoom | null {
  const [from, to] = [get('from'), get('to')];
  const whole = /^-?\d{1,15}$/;
  if (!from || !to || !whole.test(from) || !whole.test(to) || Number(from) > Number(to)) return null;
  return { from: Number(from), to: Number(to) };
}
