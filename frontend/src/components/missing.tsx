import { Compass } from 'lucide-react'
import { Link } from 'react-router'
import { Button } from '@/ui/button'
import { EmptyState } from '@/ui/empty-state'

/** What stands at an address that has no page. */
export function Missing() {
  return (
    <div className="grid min-h-[70dvh] place-items-center">
      <title>Not found · metafleet</title>
      <EmptyState
        icon={Compass}
        title="There is no such page"
        actions={
          <Button asChild variant="primary">
            <Link to="/">Go to the fleet</Link>
          </Button>
        }
      >
        The link may be old, or it was mistyped. ⌘K finds every page and EA.
      </EmptyState>
    </div>
  )
}
