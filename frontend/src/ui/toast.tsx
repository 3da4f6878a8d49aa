import { Toaster as Sonner } from 'sonner'

/** Where toasts appear: out of the way of the phone's navigation. */
export function Toaster({ theme }: { theme: 'light' | 'dark' }) {
  return (
    <Sonner
      theme={theme}
      position="bottom-right"
      mobileOffset={{ bottom: 76 }}
      toastOptions={{
        classNames: {
          toast:
            '!rounded-xl !border !border-line-strong !bg-raised !text-ink !shadow-pop !font-sans !text-sm',
          description: '!text-muted',
          error: '!text-loss',
          success: '!text-ink [&_[data-icon]]:!text-profit',
        },
      }}
    />
  )
}
