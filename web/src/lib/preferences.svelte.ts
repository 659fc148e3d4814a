// Choices of this browser, not of the account.

export type Theme = 'system' | 'light' | 'dark';

export const preferences = $state({
  theme: (localStorage.getItem('theme') ?? 'system') as Theme,
  singleKeys: localStorage.getItem('single-keys') !== 'off',
});

export function setTheme(theme: Theme): void {
  preferences.theme = theme;
  localStorage.setItem('theme', theme);
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function setSingleKeys(on: boolean): void {
  preferences.singleKeys = on;
  localStorage.setItem('single-keys', on ? 'on' : 'off');
}
