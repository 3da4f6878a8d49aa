import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '@/ui/button'
import { Copyable } from '@/ui/copyable'

/** This installation's own version of it, with the gateway's address in its presets. */
const PACKAGE = '/downloads/own/metafleet-connectors.zip'
const HASHES = '/downloads/own/SHA256SUMS'

interface Props {
  platform: 'mt5' | 'mt4'
  gatewayUrl: string
}

/** What to do at the terminal, in the words of its own menus. */
export function PairingSteps({ platform, gatewayUrl }: Props) {
  const isMt5 = platform === 'mt5'
  return (
    <ol className="space-y-3">
      <Step number={1} title="Put the connector into the terminal">
        Download and unpack it. In {isMt5 ? 'MetaTrader 5' : 'MetaTrader 4'}:{' '}
        <Path>File → Open Data Folder</Path>, and copy the package’s <Path>{isMt5 ? 'MQL5' : 'MQL4'}</Path>{' '}
        over the one there. In the Navigator open <Path>Metafleet → MetafleetConnector</Path> with{' '}
        <Path>Modify</Path> and press <Path>F7</Path>.
        <span className="mt-2 flex flex-wrap items-center gap-3">
          <Button asChild size="sm">
            <a href={PACKAGE} download>
              <Download /> metafleet-connectors.zip
            </a>
          </Button>
          <a className="text-faint text-xs underline" href={HASHES}>
            SHA-256
          </a>
        </span>
      </Step>
      <Step number={2} title="Let the terminal speak to metafleet">
        <Path>Tools → Options → Expert Advisors</Path>, tick <Path>Allow WebRequest for listed URL</Path> and
        add this address:
        <span className="mt-1.5 flex min-w-0 rounded-lg border border-line bg-canvas px-2.5 py-1.5">
          <Copyable text={gatewayUrl} label="address of the gateway" />
        </span>
      </Step>
      <Step number={3} title="Put it on one chart, with the code">
        {isMt5
          ? 'Any symbol, any timeframe; one chart serves the whole account. '
          : 'Any symbol, any timeframe, with all history shown in the Account History tab. '}
        In its inputs load <Path>report only</Path> or <Path>report and obey</Path>: the address is in them.
        Put the code into <Path>InpPairingCode</Path>, then OK. It enrols itself within seconds. To take
        orders it needs <Path>{isMt5 ? 'Algo Trading' : 'AutoTrading'}</Path> switched on.
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
