import { useSyncExternalStore } from 'react'

export type ThemeChoice = 'system' | 'dark' | 'light'

const KEY = 'metafleet.theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')
const watchers = new Set<() => void>()

/** A choice of this device, so it is kept here and not on the server. */
function read(): ThemeChoice {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'dark' || kept === 'light' ? kept : 'system'
  } catch {
    return 'system'
  }
}

let choice = read()

function resolved(): 'dark' | 'light' {
  if (choice !== 'system') return choice
  return system.matches ? 'dark' : 'light'
}

function apply(): void {
  document.documentElement.dataset.theme = resolved()
  const canvas = getComputedStyle(document.documentElement).getPropertyValue('--canvas').trim()
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', canvas)
  for (const watcher of watchers) watcher()
}

export function chooseTheme(next: ThemeChoice): void {
  choice = next
  try {
    if (next === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, next)
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  apply()
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

export function startTheme(): void {
  system.addEventListener('change', apply)
  apply()
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, () => choice)
export const useTheme = (): 'dark' | 'light' => useSyncExternalStore(subscribe, resolved)
