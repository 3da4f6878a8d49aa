import { ChevronLeft, ChevronRight } from 'lucide-react'
import { count } from '@/format/volume'
import { Button } from '@/ui/button'

interface Props {
  page: number
  pageSize: number
  total: number
  onPage: (page: number) => void
}

export function Pager({ page, pageSize, total, onPage }: Props) {
  const last = Math.max(1, Math.ceil(total / pageSize))
  const first = (page - 1) * pageSize + 1
  return (
    <nav aria-label="Pages" className="flex items-center gap-2 px-4 py-3 text-faint text-xs">
      <span className="num mr-auto">
        {count(Math.min(first, total))}–{count(Math.min(page * pageSize, total))} of {count(total)}
      </span>
      <Button
        size="sm"
        disabledReason={page <= 1 ? 'This is the first page.' : undefined}
        onClick={() => onPage(page - 1)}
      >
        <ChevronLeft /> Newer
      </Button>
      <Button
        size="sm"
        disabledReason={page >= last ? 'This is the last page.' : undefined}
        onClick={() => onPage(page + 1)}
      >
        Older <ChevronRight />
      </Button>
    </nav>
  )
}
