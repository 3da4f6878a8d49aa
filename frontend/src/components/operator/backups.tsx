import type { Backups as Standing } from '@/api/operator-records'
import { Ago, Moment } from '@/components/moment'
import { size } from '@/components/operator/words'
import { count } from '@/format/volume'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Stat } from '@/ui/stat'

/** What an operator has to do about the backups now, if anything. */
export function BackupAlarm({ found }: { found: Standing | null }) {
  if (found === null) return null
  if (found.problem)
    return (
      <Callout tone="loss" title="The backups have a problem">
        {found.problem}
      </Callout>
    )
  if (!found.isTooOld) return null
  return (
    <Callout tone="warn" title="No backup is young enough">
      {found.verifiedOf === null ? (
        'None was verified yet.'
      ) : (
        <>
          The newest that was verified is of <Ago at={found.verifiedOf} />.
        </>
      )}{' '}
      Run <code>metafleet backup</code> and <code>metafleet backup verify</code> on the machine.
    </Callout>
  )
}

/** How far the copy of the database reaches. */
export function Backups({ found }: { found: Standing | null }) {
  if (found === null)
    return (
      <Card title="Backups" hint="Copies of the database">
        <p className="text-muted text-sm">
          metafleet has taken none. Where the database is a service, its own backups count.
        </p>
      </Card>
    )
  return (
    <Card title="Backups" hint={found.place}>
      <dl className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        <Stat label="Last backup" value={<Moment at={found.newestAt} />} note={`${count(found.kept)} kept`} />
        <Stat
          label="Last verified"
          value={<Moment at={found.verifiedOf} />}
          note={found.verifiedAt === null ? 'none was restored yet' : 'was restored and counted'}
        />
        <Stat
          label="Every commit until"
          value={found.followedAt === null ? '—' : <Ago at={found.followedAt} />}
          note={found.followedAt === null ? 'the log is not followed' : 'by the log that is kept'}
        />
        <Stat label="Size" value={size(found.bytes)} note="backups and log" />
      </dl>
    </Card>
  )
}
