import type { Account } from '@/api/records'
import { PLATFORMS } from '@/components/account/account-table'
import { Moment } from '@/components/moment'
import { zoneClock } from '@/format/zone'
import { Copyable } from '@/ui/copyable'
import { Facts } from '@/ui/facts'

export function AccountFacts({ found }: { found: Account }) {
  return (
    <Facts
      columns={2}
      facts={[
        ['Login', <Copyable key="login" text={String(found.login)} label="login" />],
        ['Server', found.server],
        ['Platform', PLATFORMS[found.platform]],
        ['Currency', found.currency],
        ['Leverage', found.leverage ? `1 : ${found.leverage}` : '—'],
        ['Margin mode', found.marginMode ?? '—'],
        ['Server time zone', zoneWords(found.serverTimezone)],
        ['Connected', <Moment key="connected" at={found.createdAt} />],
      ]}
    />
  )
}

function zoneWords(zone: string): string {
  if (!zone) return 'As the terminal says'
  const clock = zoneClock(zone, new Date())
  return clock ? `${zone}, now ${clock}` : zone
}
