import { Columns3 } from 'lucide-react'
import { COLUMN_NAMES, COLUMNS, columnsAfter, readColumns } from '@/components/board/columns'
import { useUrlState } from '@/components/search-params'
import { Button } from '@/ui/button'
import { Popover } from '@/ui/popover'

/** Which columns the table has. The URL keeps it, and so does a view. */
export function ColumnChoice() {
  const { params, change } = useUrlState()
  const shown = readColumns(params)
  return (
    <Popover
      label="Columns"
      align="end"
      className="w-52"
      trigger={
        <Button size="sm" className="max-lg:hidden">
          <Columns3 /> Columns
        </Button>
      }
    >
      <ul className="-my-1">
        {COLUMN_NAMES.map(name => (
          <li key={name}>
            <label className="flex cursor-pointer items-center gap-2.5 rounded-lg px-1 py-1.5 hover:bg-hover">
              <input
                type="checkbox"
                checked={shown.includes(name)}
                onChange={() => change({ cols: columnsAfter(shown, name) })}
                className="size-4 accent-accent"
              />
              {COLUMNS[name].label}
            </label>
          </li>
        ))}
      </ul>
    </Popover>
  )
}
