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

// Libraries place pop-overs, charts and notices by style elements of their own. The page's policy takes
// only those that carry this load's number, which nothing that was smuggled into the page knows.
;(() => {
  const nonce = document.currentScript?.nonce
  const create = document.createElement.bind(document)
  document.createElement = (name, options) => {
    const element = create(name, options)
    if (nonce && element instanceof HTMLStyleElement) element.nonce = nonce
    return element
  }
})()
