import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from 'react-router'
import { cache } from '@/api/cache'
import { useTheme } from '@/components/theme'
import { router } from '@/routes'
import { Toaster } from '@/ui/toast'
import { TooltipProvider } from '@/ui/tooltip'

export function App() {
  const theme = useTheme()
  return (
    <QueryClientProvider client={cache}>
      <TooltipProvider>
        <RouterProvider router={router} />
        <Toaster theme={theme} />
      </TooltipProvider>
    </QueryClientProvider>
  )
}
