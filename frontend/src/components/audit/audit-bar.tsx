import { useQuery } from '@tanstack/react-query'
import { Download, FilterX } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { type AuditFilters, auditChoices, type RecordOf } from '@/api/audit-queries'
import { ChainStatus } from '@/components/audit/chain-status'
import { auditExport, isNarrowed, readAuditFilters } from '@/components/audit/filters'
import { actionLook } from '@/components/audit-words'
import { FilterChoice } from '@/components/filter-choice'
import { SearchBox } from '@/components/journal/search-box'
import { useUrlState } from '@/components/search-params'
import { Button } from '@/ui/button'
import { Input } from '@/ui/input'
import { Menu } from '@/ui/menu'

const NOTHING = { actor: null, action: null, subject: null, from: null, to: null, q: null }

/** What the record can be narrowed by. */
export function AuditBar({ of, filters }: { of: RecordOf; filters: AuditFilters }) {
  const { params, change } = useUrlState()
  const choices = useQuery(auditChoices(of)).data
  return (
    <search
      aria-label="Filter the record"
      className="mb-4 flex flex-wrap items-center gap-2 max-sm:grid max-sm:grid-cols-2 max-sm:[&>*]:w-full max-sm:[&>:first-child]:col-span-2"
    >
      <SearchBox
        what="Search the record"
        label="Search in subject, action, person and details"
        value={filters.q ?? ''}
        onChange={q => change({ q })}
      />
      <FilterChoice
        label="Person"
        every="Everybody"
        value={filters.actor ?? ''}
        choices={(choices?.people ?? []).map(name => [name, name])}
        onChange={actor => change({ actor })}
      />
      <FilterChoice
        label="Action"
        every="Every action"
        value={filters.action ?? ''}
        choices={(choices?.actions ?? []).map(name => [name, actionLook(name).words])}
        onChange={action => change({ action })}
      />
      <DayField label="From" value={params.get('from')} onChange={from => change({ from })} />
      <DayField label="To" value={params.get('to')} onChange={to => change({ to })} />
      {isNarrowed(filters) && (
        <Button variant="ghost" size="sm" onClick={() => change(NOTHING)}>
          <FilterX /> Clear
        </Button>
      )}
    </search>
  )
}

interface DayProps {
  label: string
  value: string | null
  onChange: (day: string) => void
}

function DayField({ label, value, onChange }: DayProps) {
  return (
    <Input
      type="date"
      aria-label={label}
      title={label}
      className="w-38"
      value={value ?? ''}
      onChange={event => onChange(event.target.value)}
    />
  )
}

const FORMATS = [
  { format: 'csv', label: 'CSV', note: 'for a table' },
  { format: 'jsonl', label: 'JSON lines', note: 'with its proof' },
] as const

/** The file of what is on screen, and whether all of it is whole. */
export function AuditActions({ of }: { of: RecordOf }) {
  const filters = readAuditFilters(useUrlState().params)
  return (
    <>
      <ExportMenu of={of} filters={filters} />
      <ChainStatus of={of} />
    </>
  )
}

function ExportMenu({ of, filters }: { of: RecordOf; filters: AuditFilters }) {
  return (
    <Menu
      trigger={
        <Button>
          <Download /> Export
        </Button>
      }
    >
      {FORMATS.map(({ format, label, note }) => (
        <DropdownMenu.Item
          key={format}
          asChild
          className="flex items-center gap-6 rounded-lg px-2.5 py-1.5 text-ink text-sm outline-none data-[highlighted]:bg-hover"
        >
          <a href={auditExport(of, filters, format)} download>
            {label}
            <span className="ml-auto text-faint text-xs">{note}</span>
          </a>
        </DropdownMenu.Item>
      ))}
    </Menu>
  )
}
