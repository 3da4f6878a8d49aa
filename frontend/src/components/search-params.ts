import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

type Changes = Record<string, string | null | undefined>

/** The URL's search as the screen's state: read it, change some of it. An empty value leaves the URL. */
export function useUrlState() {
  const [params, setParams] = useSearchParams()
  const change = useCallback(
    (changes: Changes, how: 'push' | 'replace' = 'replace') =>
      setParams(before => changed(before, changes), { replace: how === 'replace', preventScrollReset: true }),
    [setParams],
  )
  return { params, change }
}

export function changed(before: URLSearchParams, changes: Changes): URLSearchParams {
  const after = new URLSearchParams(before)
  for (const [name, value] of Object.entries(changes)) {
    if (value) after.set(name, value)
    else after.delete(name)
  }
  return after
}
