import type { ReactNode } from 'react'
import { FilterChip } from '@/components/journal/filter-chip'
import { type FilterChanges, type JournalChoice, SESSIONS } from '@/components/journal/filters'
import { hourWords, SESSION_WORDS, WEEKDAYS, zoneWords } from '@/components/journal/words'
import { TRADE_STATES } from '@/components/states'
import { Input, Select } from '@/ui/input'

interface Props {
  choice: JournalChoice
  onChange: (changes: FilterChanges) => void
}

const NAMES = ['state', 'session', 'weekday', 'hour', 'rating', 'magic'] as const
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone

/** The filters that are wanted less often, and whose clock they go by. */
export function FilterMore({ choice, onChange }: Props) {
  const zones = [...new Set(['', choice.tz, HERE === 'UTC' ? '' : HERE])]
  return (
    <FilterChip
      label="More"
      value={moreWords(choice)}
      onClear={() => onChange(Object.fromEntries(NAMES.map(name => [name, null])))}
      className="w-72"
    >
      <div className="grid gap-2.5 p-3">
        <Row label="State">
          <Choose
            value={choice.state}
            onChange={state => onChange({ state })}
            options={Object.entries(TRADE_STATES).map(([value, look]) => [value, look.label])}
          />
        </Row>
        <Row label="Session">
          <Choose
            value={choice.session}
            onChange={session => onChange({ session })}
            options={SESSIONS.map(value => [value, SESSION_WORDS[value]])}
          />
        </Row>
        <Row label="Weekday">
          <Choose
            value={choice.weekday}
            onChange={weekday => onChange({ weekday })}
            options={WEEKDAYS.map((name, index) => [String(index), name])}
          />
        </Row>
        <Row label="Hour">
          <Choose
            value={choice.hour}
            onChange={hour => onChange({ hour })}
            options={Array.from({ length: 24 }, (_, hour) => [String(hour), hourWords(hour)])}
          />
        </Row>
        <Row label="Rating">
          <Choose
            value={choice.rating}
            onChange={rating => onChange({ rating })}
            options={[5, 4, 3, 2, 1].map(stars => [String(stars), '★'.repeat(stars)])}
          />
        </Row>
        <Row label="Magic">
          <Input
            inputMode="numeric"
            placeholder="Any"
            defaultValue={choice.magic}
            onBlur={event => onChange({ magic: event.target.value.trim() })}
            onKeyDown={event => event.key === 'Enter' && event.currentTarget.blur()}
            className="h-8"
          />
        </Row>
        <Row label="Days in">
          <Select
            value={choice.tz}
            onChange={event => onChange({ tz: event.target.value })}
            className="[&>select]:h-8"
          >
            {zones.map(zone => (
              <option key={zone} value={zone}>
                {zone === HERE ? `Your time (${zoneWords(zone)})` : zoneWords(zone)}
              </option>
            ))}
          </Select>
        </Row>
      </div>
    </FilterChip>
  )
}

function Row({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="grid grid-cols-[4.5rem_1fr] items-center text-muted text-sm">
      {label}
      {children}
    </label>
  )
}

interface ChooseProps {
  value: string
  options: readonly (readonly [string, string])[]
  onChange: (value: string) => void
}

function Choose({ value, options, onChange }: ChooseProps) {
  return (
    <Select value={value} onChange={event => onChange(event.target.value)} className="[&>select]:h-8">
      <option value="">Any</option>
      {options.map(([option, words]) => (
        <option key={option} value={option}>
          {words}
        </option>
      ))}
    </Select>
  )
}

function moreWords(choice: JournalChoice): string {
  const words = [
    choice.state && TRADE_STATES[choice.state].label,
    choice.session && SESSION_WORDS[choice.session],
    choice.weekday && WEEKDAYS[Number(choice.weekday)],
    choice.hour && hourWords(choice.hour),
    choice.rating && '★'.repeat(Number(choice.rating)),
    choice.magic && `magic ${choice.magic}`,
  ].filter(Boolean)
  return words.join(', ')
}
