import { Download } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { exportLink, type JournalChoice } from '@/components/journal/filters'
import { Button } from '@/ui/button'
import { Menu, MenuLabel, MenuLine } from '@/ui/menu'

const FORMATS = [
  { format: 'csv', label: 'CSV', note: 'any tool' },
  { format: 'xlsx', label: 'Excel', note: 'XLSX' },
  { format: 'json', label: 'JSON', note: 'for scripts' },
] as const

/** What is on screen as a file, all pages of it. */
export function ExportMenu({ choice }: { choice: JournalChoice }) {
  const group = (kind: 'trades' | 'deals') =>
    FORMATS.map(({ format, label, note }) => (
      <DropdownMenu.Item
        key={format}
        asChild
        className="flex items-center gap-6 rounded-lg px-2.5 py-1.5 text-ink text-sm outline-none data-[highlighted]:bg-hover"
      >
        <a href={exportLink(choice, format, kind)} download aria-label={`Export ${kind} as ${label}`}>
          {label}
          <span className="ml-auto text-faint text-xs">{note}</span>
        </a>
      </DropdownMenu.Item>
    ))
  return (
    <Menu
      trigger={
        <Button>
          <Download /> Export
        </Button>
      }
    >
      <MenuLabel>Trades of this filter</MenuLabel>
      {group('trades')}
      <MenuLine />
      <MenuLabel>The deals they are made of</MenuLabel>
      {group('deals')}
    </Menu>
  )
}
