import { TriangleAlert } from 'lucide-react'
import { useRouteError } from 'react-router'
import { Button } from '@/ui/button'
import { EmptyState } from '@/ui/empty-state'

/** What stands in place of a page that broke. A chunk that is gone means that a newer version was installed. */
export function ErrorScreen() {
  const error = useRouteError()
  const isOutdated =
    error instanceof Error && /dynamically imported module|module script/i.test(error.message)
  return (
    <div role="alert" className="grid min-h-[70dvh] place-items-center">
      <title>Something broke · metafleet</title>
      <EmptyState
        icon={TriangleAlert}
        title={isOutdated ? 'A newer version is here' : 'This page broke'}
        actions={
          <>
            <Button variant="primary" onClick={() => location.reload()}>
              Reload the page
            </Button>
            <Button asChild>
              <a href="/">Go to the fleet</a>
            </Button>
          </>
        }
      >
        <p>
          {isOutdated
            ? 'The page was renewed while you had it open. Reload it to go on.'
            : 'That is our fault. Your EAs run on the server and are not touched by it.'}
        </p>
        {!isOutdated && error instanceof Error && (
          <p className="mt-3 break-all font-mono text-faint text-xs">{error.message}</p>
        )}
      </EmptyState>
    </div>
  )
}
