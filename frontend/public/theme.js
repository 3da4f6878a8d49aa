// Runs before the first paint, so that a light-theme reader sees no dark flash.
// The same choice is read and written by src/components/theme.ts.
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('metafleet.theme')
  } catch {
    // Storage may be forbidden; the system's theme serves.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
