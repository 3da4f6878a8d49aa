import { useEffect, useState } from 'react'
import { serverNow } from '@/api/server-clock'

const KEY = 'metafleet.incidents-seen-at'

/** When this browser last left the list of incidents, epoch milliseconds: what opened since is new to it. */
export function useLastLook(): number {
  const [before] = useState(read)
  useEffect(() => {
    const leave = () => write(serverNow())
    window.addEventListener('pagehide', leave)
    return () => {
      window.removeEventListener('pagehide', leave)
      leave()
    }
  }, [])
  return before
}

function read(): number {
  try {
    return Number(localStorage.getItem(KEY) ?? 0)
  } catch {
    return 0
  }
}

function write(at: number): void {
  try {
    localStorage.setItem(KEY, String(at))
  } catch {
    // Without storage all that is open stays new.
  }
}
