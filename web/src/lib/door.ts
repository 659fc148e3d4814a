/** The secret of a one-time link stands behind the #, so it never reaches a server log. */
export const linkSecret = () => location.hash.slice(1);

export const passwordRule = { minlength: 12, maxlength: 256, autocomplete: 'new-password' } as const;
export const passwordHint = 'At least 12 characters. A sentence works well.';
