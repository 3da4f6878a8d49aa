import { queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'

/** The hub answers for so many at once. */
const MOST = 100
/** Rows that come into sight together ask together. */
const GATHER_MS = 60
const FRESH_MS = 5 * 60_000

type Curves = ReadonlyMap<string, readonly number[]>

/** Questions for single curves, put as one. */
class CurveDesk {
  private ids = new Set<string>()
  private answer: Promise<Curves> | undefined

  async of(id: string): Promise<readonly number[]> {
    this.ids.add(id)
    this.answer ??= new Promise(resolve => setTimeout(resolve, GATHER_MS)).then(() => this.ask())
    return (await this.answer).get(id) ?? []
  }

  private async ask(): Promise<Curves> {
    const ids = [...this.ids]
    this.ids = new Set()
    this.answer = undefined
    const parts = Array.from({ length: Math.ceil(ids.length / MOST) }, (_, part) =>
      take(
        client.GET('/api/board/curves', {
          params: { query: { account: ids.slice(part * MOST, (part + 1) * MOST) } },
        }),
      ),
    )
    return new Map((await Promise.all(parts)).flat().map(row => [row.accountId, row.equity]))
  }
}

const desk = new CurveDesk()

/** An account's equity over the last day; empty where nothing was said. */
export const curve = (id: string) =>
  queryOptions({
    queryKey: ['curves', id],
    queryFn: () => desk.of(id),
    staleTime: FRESH_MS,
    refetchInterval: FRESH_MS,
  })
