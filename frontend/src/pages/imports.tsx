import { useQuery } from '@tanstack/react-query'
import { FileUp } from 'lucide-react'
import { useForm } from 'react-hook-form'
import { accounts } from '@/api/queries'
import type { Account } from '@/api/records'
import { imports } from '@/api/terminal-queries'
import { ImportList } from '@/components/import/import-list'
import { UploadForm } from '@/components/import/upload-form'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { isZone } from '@/format/zone'
import { ZoneField, zoneRule } from '@/forms/zone-field'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Field } from '@/ui/field'
import { Select } from '@/ui/input'

export default function ImportsPage() {
  const { params, change } = useUrlState()
  const account = params.get('account') ?? undefined
  const query = useQuery(imports(account))
  const wallets = useQuery(accounts())
  return (
    <Page isNarrow title="Imports" lead="History that no terminal of yours can send any more, from a file.">
      <div className="space-y-5">
        <Card title="New import">
          <Loaded query={wallets}>
            {rows => <NewImport rows={rows} account={account} onAccount={id => change({ account: id })} />}
          </Loaded>
        </Card>
        <Card title={account ? 'Imports of this account' : 'All imports'} bodyClassName="px-0 pb-0">
          <Loaded query={query}>
            {rows =>
              rows.length === 0 ? (
                <EmptyState icon={FileUp} title="Nothing was imported yet" className="py-9">
                  A file and a live terminal may bring the same deals: each is counted once.
                </EmptyState>
              ) : (
                <ImportList rows={rows} />
              )
            }
          </Loaded>
        </Card>
      </div>
    </Page>
  )
}

interface NewProps {
  rows: readonly Account[]
  account: string | undefined
  onAccount: (id: string | null) => void
}

function NewImport({ rows, account, onAccount }: NewProps) {
  const form = useForm({ defaultValues: { zone: '' }, mode: 'onChange' })
  const zone = form.watch('zone').trim()
  const chosen = rows.find(row => row.id === account)
  return (
    <div className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Account" hint="The file names one as well; you are warned if they differ.">
          {control => (
            <Select
              {...control}
              value={account ?? ''}
              onChange={event => onAccount(event.target.value || null)}
            >
              <option value="">Choose…</option>
              {rows.map(row => (
                <option key={row.id} value={row.id}>
                  {row.label} ({row.login})
                </option>
              ))}
            </Select>
          )}
        </Field>
        <ZoneField
          label="Time zone of the file"
          hint="Reports print the server’s time and do not say which."
          placeholder={chosen?.serverTimezone || 'As the account says, else UTC'}
          value={zone}
          error={form.formState.errors.zone?.message}
          control={form.register('zone', zoneRule)}
        />
      </div>
      <UploadForm accountId={chosen?.id} timezone={isZone(zone) ? zone : ''} />
    </div>
  )
}
