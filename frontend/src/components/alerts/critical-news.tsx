import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { toast } from 'sonner'
import { incidentCounts, newestCritical } from '@/api/incidents'

const SHOWN_MS = 15_000

/** Say it on whatever screen one is when something critical opens. */
export function CriticalNews() {
  const critical = useQuery(incidentCounts()).data?.critical
  const cache = useQueryClient()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const before = useRef<number | undefined>(undefined)
  const isOnAlerts = useRef(false)
  useEffect(() => {
    isOnAlerts.current = pathname.startsWith('/alerts')
  }, [pathname])
  useEffect(() => {
    const isMore = before.current !== undefined && critical !== undefined && critical > before.current
    before.current = critical ?? before.current
    if (!isMore || isOnAlerts.current) return
    const tell = async () => {
      const [newest] = await cache.fetchQuery(newestCritical())
      if (!newest) return
      toast.error(newest.title, {
        // One at a time: of a hundred that open together the list tells.
        id: 'critical-news',
        description: critical > 1 ? `${critical} critical incidents are open.` : (newest.done ?? newest.said),
        duration: SHOWN_MS,
        action: {
          label: 'Look',
          onClick: () => void navigate(critical > 1 ? '/alerts' : `/alerts/incidents/${newest.id}`),
        },
      })
    }
    // What cannot be asked now is in the list and beside the navigation.
    tell().catch(() => undefined)
  }, [critical, cache, navigate])
  return null
}
