import { Check } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { cx } from '@/ui/cx'

export interface Choice {
  value: string
  label: string
  note?: string | undefined
}

interface Props {
  label: string
  choices: readonly Choice[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
  /** One at most: choosing another replaces it. */
  isSingle?: boolean
  empty?: string
}

/** More than this are searched rather than read. */
const SEARCHED = 8

/** What can be chosen, ticked where it is: reached by arrow keys as by mouse. */
export function ChoiceList({
  label,
  choices,
  chosen,
  onChange,
  isSingle,
  empty = 'Nothing here yet.',
}: Props) {
  const [words, setWords] = useState('')
  const found = choices.filter(choice => choice.label.toLowerCase().includes(words.trim().toLowerCase()))
  const toggle = (value: string) => {
    if (chosen.includes(value)) onChange(chosen.filter(item => item !== value))
    else onChange(isSingle ? [value] : [...chosen, value])
  }
  return (
    <div>
      {choices.length > SEARCHED && (
        <input
          // biome-ignore lint/a11y/noAutofocus: the list was just opened to find something in it
          autoFocus
          aria-label={`Find in ${label.toLowerCase()}`}
          placeholder="Find…"
          value={words}
          onChange={event => setWords(event.target.value)}
          className="sticky top-0 z-10 h-10 w-full border-line border-b bg-raised px-3 text-ink text-sm outline-none placeholder:text-faint"
        />
      )}
      <fieldset className="p-1" onKeyDown={moveFocus}>
        <legend className="sr-only">{label}</legend>
        {found.length === 0 && (
          <p className="px-2.5 py-2 text-faint text-sm">{words ? 'No match.' : empty}</p>
        )}
        {found.map(choice => (
          <label
            key={choice.value}
            className="flex min-h-8 w-full cursor-pointer items-center gap-2 rounded-lg px-2 py-1 text-ink text-sm outline-offset-[-2px] hover:bg-hover has-focus-visible:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="checkbox"
              checked={chosen.includes(choice.value)}
              onChange={() => toggle(choice.value)}
              className="sr-only"
            />
            <Tick isOn={chosen.includes(choice.value)} isRound={isSingle} />
            <span className="min-w-0 flex-1 truncate">{choice.label}</span>
            {choice.note && <span className="num text-faint text-xs">{choice.note}</span>}
          </label>
        ))}
      </fieldset>
    </div>
  )
}

function Tick({ isOn, isRound }: { isOn: boolean; isRound: boolean | undefined }) {
  return (
    <span
      aria-hidden
      className={cx(
        'grid size-4 shrink-0 place-items-center border',
        isRound ? 'rounded-full' : 'rounded',
        isOn ? 'border-accent-strong bg-accent-strong text-accent-ink' : 'border-line-strong',
      )}
    >
      {isOn && <Check className="size-3" strokeWidth={3} />}
    </span>
  )
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (step === 0) return
  event.preventDefault()
  const boxes: Element[] = [...event.currentTarget.querySelectorAll('input')]
  const at = document.activeElement ? boxes.indexOf(document.activeElement) : -1
  const next = boxes[(at + step + boxes.length) % boxes.length]
  if (next instanceof HTMLElement) next.focus()
}
