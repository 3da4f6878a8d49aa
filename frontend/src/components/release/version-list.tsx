import { Link } from 'react-router'
import type { EaTemplateVersions, EaVersion } from '@/api/release-records'
import { Ago } from '@/components/moment'
import { foundWords, VERSION_STATES } from '@/components/release/states'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/card'
import { Table, Td, Th, Tr } from '@/ui/table'

/** An EA with all its versions, newest first. */
export function TemplateVersions({ template }: { template: EaTemplateVersions }) {
  return (
    <Card
      title={
        <span className="flex flex-wrap items-center gap-2">
          {template.name}
          <span className="font-mono font-normal text-faint text-xs">{template.slug}</span>
          {template.isShipped && <Badge>Shipped</Badge>}
        </span>
      }
      bodyClassName="p-0"
    >
      <Table label={`Versions of ${template.name}`} className="max-md:hidden">
        <thead>
          <tr>
            <Th>Version</Th>
            <Th>State</Th>
            <Th>Review</Th>
            <Th>Uploaded by</Th>
            <Th>Reviewed by</Th>
            <Th isNumber>EAs on it</Th>
            <Th>Source hash</Th>
            <Th>Made</Th>
          </tr>
        </thead>
        <tbody>
          {template.versions.map(row => (
            <VersionRow key={row.id} version={row} />
          ))}
        </tbody>
      </Table>
      <ul className="divide-y divide-line border-line border-t md:hidden">
        {template.versions.map(row => (
          <VersionCard key={row.id} version={row} />
        ))}
      </ul>
    </Card>
  )
}

function VersionLink({ version }: { version: EaVersion }) {
  return (
    <Link
      to={`/operator/eas/${version.id}`}
      className="num rounded font-medium text-ink hover:text-accent hover:underline"
    >
      {version.version}
    </Link>
  )
}

function Using({ version }: { version: EaVersion }) {
  if (version.instances === 0) return <span className="text-faint">none</span>
  return (
    <span title={`${version.active} of them are wanted to run or are paused`}>
      {count(version.instances)}
      <span className="text-faint"> · {count(version.active)} active</span>
    </span>
  )
}

function VersionRow({ version }: { version: EaVersion }) {
  return (
    <Tr>
      <Td>
        <VersionLink version={version} />
      </Td>
      <Td>
        <StateBadge look={VERSION_STATES[version.state]} />
      </Td>
      <Td className="max-w-72">
        <p className="truncate text-muted" title={version.decision || undefined}>
          {version.decision || foundWords(version)}
        </p>
      </Td>
      <Td className="max-w-44 truncate text-muted">{version.uploadedBy || '—'}</Td>
      <Td className="max-w-44 truncate text-muted">{version.reviewedBy || '—'}</Td>
      <Td isNumber>
        <Using version={version} />
      </Td>
      <Td className="font-mono text-faint text-xs" title={version.contentHash}>
        {version.contentHash.slice(7, 19)}
      </Td>
      <Td className="num whitespace-nowrap text-faint text-xs">
        <Ago at={version.createdAt} />
      </Td>
    </Tr>
  )
}

function VersionCard({ version }: { version: EaVersion }) {
  return (
    <li className="px-4 py-3">
      <div className="flex items-center gap-3">
        <VersionLink version={version} />
        <StateBadge look={VERSION_STATES[version.state]} />
        <Ago at={version.createdAt} className="num ml-auto text-faint text-xs" />
      </div>
      <p className="mt-1 text-muted text-sm">{version.decision || foundWords(version)}</p>
      <p className="num mt-1 text-faint text-xs">
        {version.uploadedBy && `${version.uploadedBy} · `}
        EAs on it: <Using version={version} />
      </p>
    </li>
  )
}
