import { useQuery } from '@tanstack/react-query'
import { incidentCounts } from '@/api/incidents'
import type { Command } from '@/api/records'
import { serverNow } from '@/api/server-clock'
import { commands, failedItems } from '@/api/terminal-queries'
import { isCancelled } from '@/components/command/words'

/** How long a dropped command asks for a look; later it is history. */
const DEAD_FOR_MS = 24 * 3_600_000
const LOOKED_AT = 100

export type BadgeName = 'dead' | 'failed' | 'incidents'

/** How many things wait for a person, for the navigation. */
export function useBadges(): Record<BadgeName, number> {
  const dead = useQuery(commands({ state: 'dead', page: 1, pageSize: LOOKED_AT })).data?.items ?? []
  const failed = useQuery(failedItems({ page: 1, pageSize: 1 })).data?.total ?? 0
  const incidents = useQuery(incidentCounts()).data?.open ?? 0
  return { dead: deadLetters(dead, serverNow()), failed, incidents }
}

/** Commands that were dropped in the last day, not by a person, and can still be sent again. */
export function deadLetters(rows: readonly Command[], now: number): number {
  return rows.filter(
    row =>
      row.canRequeue &&
      !isCancelled(row) &&
      row.finishedAt !== null &&
      now - Date.parse(row.finishedAt) < DEAD_FOR_MS,
  ).length
}
