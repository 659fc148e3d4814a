// Sets the chosen theme before the first paint. A file of its own, because inline scripts are not allowed.
(() => {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
