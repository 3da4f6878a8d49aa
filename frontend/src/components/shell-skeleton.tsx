import { Logo } from '@/components/logo'
import { Skeleton } from '@/ui/skeleton'

export function ShellSkeleton() {
  return (
    <div role="status" aria-label="Loading" className="flex min-h-dvh">
      <div className="hidden w-58 border-line border-r p-5 lg:block">
        <Logo />
      </div>
      <div className="flex-1 space-y-5 p-5 lg:p-8">
        <Skeleton className="h-8 w-40" />
        <Skeleton className="h-52 w-full rounded-xl" />
        <Skeleton className="h-72 w-full rounded-xl" />
      </div>
    </div>
  )
}
