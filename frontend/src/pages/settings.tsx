import { useMutation, useQuery } from '@tanstack/react-query'
import { History, KeyRound, LogOut, Monitor, Moon, ShieldCheck, Sun, Users } from 'lucide-react'
import { Link } from 'react-router'
import { may } from '@/api/can'
import { desks, goTo, switchDesk } from '@/api/people'
import { sentenceOf } from '@/api/problem'
import { signOut } from '@/api/verbs'
import { dropAllDrafts } from '@/components/journal/drafts'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { chooseTheme, type ThemeChoice, useThemeChoice } from '@/components/theme'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'
import { Meter } from '@/ui/meter'
import { Segmented } from '@/ui/segmented'

const ROLES = { owner: 'Owner', trader: 'Trader', viewer: 'Viewer: may look, not act' } as const

export default function SettingsPage() {
  return (
    <Page isNarrow title="Settings">
      <div className="space-y-5">
        <PlanSection />
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <div className="min-w-0 space-y-5">
            <PersonSection />
            <DeskSection />
          </div>
          <LookSection />
        </div>
        <AboutSection />
      </div>
    </Page>
  )
}

function PlanSection() {
  const me = useMe()
  return (
    <Card
      title="Plan"
      hint={`${me.plan.name}, $${me.plan.priceUsdPerMonth} a month`}
      actions={
        <Button asChild size="sm">
          <Link to="/plans">All plans</Link>
        </Button>
      }
    >
      <div className="grid gap-5 sm:grid-cols-2">
        <Meter label="Active EAs" used={me.active.used} limit={me.active.limit} />
        <Meter label="EA instances" used={me.instances.used} limit={me.instances.limit} />
      </div>
    </Card>
  )
}

/** Whoever belongs to several desks chooses where to go on. */
function DeskSection() {
  const me = useMe()
  const query = useQuery({ ...desks(), enabled: may(me, 'self') })
  const go = useMutation({ mutationFn: switchDesk, onSuccess: () => goTo('/') })
  if (!query.data || query.data.length < 2) return null
  return (
    <Card title="Desks" hint="You belong to several.">
      <Segmented
        label="Desk"
        options={query.data.map(row => ({ value: row.tenantId, label: row.name }))}
        value={me.tenantId}
        onChange={id => go.mutate(id)}
      />
    </Card>
  )
}

function PersonSection() {
  const me = useMe()
  // A new page load: nothing of this session stays in memory.
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      dropAllDrafts()
      location.assign('/sign-in')
    },
  })
  return (
    <Card title="You">
      <Facts
        facts={[
          ['Email', me.email],
          ['Desk', me.tenantName],
          ['Role', ROLES[me.role]],
        ]}
      />
      <div className="mt-4 flex flex-wrap gap-2">
        <Button isBusy={leave.isPending} onClick={() => leave.mutate()}>
          <LogOut /> Sign out
        </Button>
        <Button asChild>
          <Link to="/settings/security">
            <ShieldCheck /> Security
          </Link>
        </Button>
        <Button asChild>
          <Link to="/settings/people">
            <Users /> People
          </Link>
        </Button>
        <Button asChild>
          <Link to="/settings/keys">
            <KeyRound /> API keys
          </Link>
        </Button>
        <Button asChild variant="ghost">
          <Link to="/activity">
            <History /> Activity
          </Link>
        </Button>
      </div>
      <RefusalNote text={leave.error ? sentenceOf(leave.error) : undefined} />
    </Card>
  )
}

const THEMES = [
  { value: 'system', icon: Monitor, name: 'System' },
  { value: 'dark', icon: Moon, name: 'Dark' },
  { value: 'light', icon: Sun, name: 'Light' },
] as const

function LookSection() {
  const choice = useThemeChoice()
  const options = THEMES.map(({ value, icon: Icon, name }) => ({
    value: value as ThemeChoice,
    label: (
      <>
        <Icon aria-hidden /> {name}
      </>
    ),
  }))
  return (
    <Card title="Look">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted text-sm">Kept on this device.</p>
        <Segmented label="Theme" options={options} value={choice} onChange={chooseTheme} />
      </div>
    </Card>
  )
}

function AboutSection() {
  return (
    <p className="text-faint text-xs">
      metafleet is open source under the Apache License 2.0. Charts by{' '}
      <a
        href="https://www.tradingview.com/"
        rel="noreferrer"
        target="_blank"
        className="rounded underline hover:text-ink"
      >
        TradingView
      </a>{' '}
      Lightweight Charts™, © TradingView, Inc. Typefaces: Inter and JetBrains Mono, under the SIL Open Font
      License.
    </p>
  )
}
