import type { ReactNode } from 'react'
import { Copyable } from '@/ui/copyable'

interface Props {
  platform: 'mt5' | 'mt4'
  gatewayUrl: string
}

/** What to do at the terminal, in the words of its own menus. */
export function PairingSteps({ platform, gatewayUrl }: Props) {
  const isMt5 = platform === 'mt5'
  return (
    <ol className="space-y-3">
      <Step number={1} title="Let the terminal speak to metafleet">
        In {isMt5 ? 'MetaTrader 5' : 'MetaTrader 4'}: <Path>Tools → Options → Expert Advisors</Path>, tick{' '}
        <Path>Allow WebRequest for listed URL</Path> and add this address:
        <span className="mt-1.5 flex min-w-0 rounded-lg border border-line bg-canvas px-2.5 py-1.5">
          <Copyable text={gatewayUrl} label="address of the gateway" />
        </span>
      </Step>
      <Step number={2} title="Put the metafleet connector on one chart">
        {isMt5
          ? 'Any symbol, any timeframe; one chart serves the whole account. Switch on '
          : 'Any symbol, any timeframe. Show all history in the Account History tab, and switch on '}
        <Path>{isMt5 ? 'Algo Trading' : 'AutoTrading'}</Path> if it is to take orders.
      </Step>
      <Step number={3} title="Paste the code">
        In the connector’s inputs, as <Path>PairingCode</Path>, then OK. It enrols itself within seconds and
        forgets the code.
      </Step>
    </ol>
  )
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className="num mt-px grid size-5 shrink-0 place-items-center rounded-full bg-hover font-semibold text-2xs text-muted"
      >
        {number}
      </span>
      <div className="min-w-0 flex-1 text-muted text-sm">
        <p className="font-medium text-ink">{title}</p>
        {children}
      </div>
    </li>
  )
}

function Path({ children }: { children: ReactNode }) {
  return <span className="font-medium text-ink">{children}</span>
}
