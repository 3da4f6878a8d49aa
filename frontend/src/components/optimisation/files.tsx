import { Download } from 'lucide-react'
import type { Optimisation } from '@/api/optimisations'
import { Button } from '@/ui/button'

/** What can be taken along: all tries for a spreadsheet, the whole for a program, the report for a person. */
export function FilesOf({ row }: { row: Optimisation }) {
  const base = `/api/optimisations/${row.id}`
  const name = `optimisation-${row.symbol}-${row.id}`
  return (
    <>
      <FileLink href={`${base}/tries.csv`} name={`${name}.csv`} word="CSV" what="All tries as CSV" />
      <FileLink href={`${base}/report`} name={`${name}.json`} word="JSON" what="The report as JSON" />
      <FileLink
        href={`${base}/report.html`}
        name={`${name}.html`}
        word="Report"
        what="The report as a page"
      />
    </>
  )
}

function FileLink({ href, name, word, what }: { href: string; name: string; word: string; what: string }) {
  return (
    <Button asChild size="sm">
      <a href={href} download={name} aria-label={what} title={what}>
        <Download /> {word}
      </a>
    </Button>
  )
}
