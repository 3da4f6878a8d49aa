import { Download } from 'lucide-react'
import { Button } from '@/ui/button'

/** Take along as a file what a screen shows. */
export function CsvLink({ href, what }: { href: string; what: string }) {
  return (
    <Button asChild size="sm">
      <a href={href} download aria-label={`${what} as CSV`}>
        <Download /> CSV
      </a>
    </Button>
  )
}
