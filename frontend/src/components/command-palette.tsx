import { useQuery } from '@tanstack/react-query'
import { type LucideIcon, MonitorDot, Rocket, Search, Wallet } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { type KeyboardEvent, useId, useState } from 'react'
import { useNavigate } from 'react-router'
import { accounts, instances } from '@/api/queries'
import { destinationsOf } from '@/components/nav'
import { useMe } from '@/components/session'
import { INSTANCE_STATES } from '@/components/states'
import { cx } from '@/ui/cx'

interface Entry {
  to: string
  label: string
  note: string
  icon: LucideIcon
}

export function CommandPalette({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Radix.Root open={isOpen} onOpenChange={open => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-50 bg-shade" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-x-3 top-[12dvh] z-50 mx-auto max-w-xl overflow-hidden rounded-2xl border border-line-strong bg-raised shadow-pop outline-none"
        >
          <Radix.Title className="sr-only">Go to a page or an EA</Radix.Title>
          <Finder onClose={onClose} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function Finder({ onClose }: { onClose: () => void }) {
  const id = useId()
  const navigate = useNavigate()
  const [words, setWords] = useState('')
  const [cursor, setCursor] = useState(0)
  const found = useEntries().filter(entry => isMatch(entry, words))
  const at = Math.min(cursor, found.length - 1)
  const go = (entry: Entry | undefined) => {
    if (!entry) return
    onClose()
    void navigate(entry.to)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setCursor((at + step + found.length) % Math.max(1, found.length))
    } else if (event.key === 'Enter') go(found[at])
  }
  return (
    <>
      <div className="flex items-center gap-3 border-line border-b px-4">
        <Search aria-hidden className="size-4 text-faint" />
        <input
          role="combobox"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={found[at] && `${id}-${at}`}
          aria-label="Where to"
          placeholder="Where to? A page, an EA, an account…"
          value={words}
          onChange={event => {
            setWords(event.target.value)
            setCursor(0)
          }}
          onKeyDown={onKeyDown}
          className="h-13 flex-1 bg-transparent text-base text-ink outline-none placeholder:text-faint"
        />
      </div>
      <div
        role="listbox"
        id={`${id}-list`}
        aria-label="Places"
        className="max-h-[50dvh] overflow-y-auto p-1.5"
      >
        {found.length === 0 && (
          <p className="px-3 py-6 text-center text-muted text-sm">Nothing of that name.</p>
        )}
        {found.map((entry, index) => (
          <Row
            key={entry.to}
            id={`${id}-${index}`}
            entry={entry}
            isChosen={index === at}
            onHover={() => setCursor(index)}
            onChoose={() => go(entry)}
          />
        ))}
      </div>
    </>
  )
}

interface RowProps {
  id: string
  entry: Entry
  isChosen: boolean
  onHover: () => void
  onChoose: () => void
}

function Row({ id, entry, isChosen, onHover, onChoose }: RowProps) {
  const Icon = entry.icon
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the focus and takes the keys
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      onMouseMove={onHover}
      onClick={onChoose}
      className={cx(
        'flex h-10 cursor-pointer items-center gap-3 rounded-lg px-3 text-sm',
        isChosen ? 'bg-hover text-ink' : 'text-muted',
      )}
    >
      <Icon aria-hidden className="size-4 shrink-0 text-faint" />
      <span className="truncate">{entry.label}</span>
      <span className="ml-auto shrink-0 text-faint text-xs">{entry.note}</span>
    </div>
  )
}

function useEntries(): Entry[] {
  const me = useMe()
  const fleet = useQuery(instances()).data ?? []
  const wallets = useQuery(accounts()).data ?? []
  return [
    ...destinationsOf(me).map(item => ({
      to: item.to,
      label: item.label,
      note: `g ${item.key}`,
      icon: item.icon,
    })),
    { to: '/deploy', label: 'Deploy an EA', note: 'Action', icon: Rocket },
    { to: '/accounts?new=open', label: 'Open a paper account', note: 'Action', icon: Wallet },
    { to: '/accounts?new=own', label: 'Pair my MetaTrader', note: 'Action', icon: MonitorDot },
    ...fleet.map(row => ({
      to: `/instances/${row.id}`,
      label: row.name,
      note: `${row.symbol} · ${INSTANCE_STATES[row.state].label}`,
      icon: INSTANCE_STATES[row.state].icon,
    })),
    ...wallets.map(row => ({
      to: `/accounts/${row.id}`,
      label: row.label,
      note: `Account ${row.login}`,
      icon: Wallet,
    })),
  ]
}

function isMatch(entry: Entry, words: string): boolean {
  const text = `${entry.label} ${entry.note}`.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word))
}
