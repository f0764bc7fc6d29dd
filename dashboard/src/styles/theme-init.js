// Runs before first paint, so that a chosen theme never flashes. Kept apart from the bundle: a page with a strict
// content security policy has no inline script.
try {
  const theme = localStorage.getItem('heliograph.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is blocked: the system's theme it is.
}
