/**
 * Lets what is sent from one place go out one after the other: on a slow network the first of two answers would
 * otherwise be what stays.
 */
export function inTurn() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(act: () => Promise<T>): Promise<T> => {
    const mine = last.then(act, act);
    last = mine;
    return mine;
  };
}
