import { INSTANCES_A_PAGE } from '@/api/operator-queries'
import type { FleetFilters } from '@/api/operator-records'
import type { InstanceState } from '@/api/records'
import { readPage } from '@/components/command/filters'
import { INSTANCE_STATES } from '@/components/states'

export type Waits = NonNullable<FleetFilters['waits']>

export const WAITS: Record<Waits, string> = {
  due: 'Due for a look',
  held: 'Held by a worker',
  stuck: 'Left by a dead worker',
}

const LONGEST_TEXT = 80
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Read the screen's choice off the URL; what makes no sense there is left out. */
export function readFleetFilters(params: URLSearchParams): FleetFilters & { page: number } {
  const state = params.get('state') ?? ''
  const waits = params.get('waits') ?? ''
  const tenant = params.get('tenant') ?? ''
  const words = { host: params.get('host'), driver: params.get('driver'), text: params.get('text') }
  const said = Object.entries(words).flatMap(([name, value]) =>
    value?.trim() ? [[name, value.trim().slice(0, LONGEST_TEXT)]] : [],
  )
  return {
    ...(Object.hasOwn(INSTANCE_STATES, state) ? { state: state as InstanceState } : {}),
    ...(Object.hasOwn(WAITS, waits) ? { waits: waits as Waits } : {}),
    ...(UUID.test(tenant) ? { tenant } : {}),
    ...Object.fromEntries(said),
    page: readPage(params),
    pageSize: INSTANCES_A_PAGE,
  }
}

/** Whether the choice leaves anybody out. */
export function isFiltered({ page: _, pageSize: __, ...rest }: FleetFilters): boolean {
  return Object.keys(rest).length > 0
}
