import { useId, useRef, useState } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  label: string
  value: string
  /** Suggested while it is written; any other word may be written too. */
  words: readonly string[]
  isRequired?: boolean
  /** Why it cannot be changed. */
  reason?: string | undefined
  onSet: (value: string) => void
}

/** A word that is changed where it stands: enter or leaving keeps what was written, escape does not. */
export function EditCell({ label, value, words, isRequired = false, reason, onSet }: Props) {
  const [isWriting, setWriting] = useState(false)
  const isGivenUp = useRef(false)
  const id = useId()
  if (!isWriting || reason) {
    return (
      <button
        type="button"
        title={reason ?? `Change ${label}`}
        aria-label={`${label}: ${value || 'none'}`}
        aria-disabled={reason ? true : undefined}
        onClick={() => !reason && setWriting(true)}
        className={cx(
          '-mx-1.5 block max-w-40 truncate rounded-md px-1.5 py-0.5 text-left',
          !reason && 'hover:bg-hover hover:ring-1 hover:ring-line-strong',
          value ? 'text-ink' : 'text-faint',
        )}
      >
        {value || '—'}
      </button>
    )
  }
  const leave = (written: string) => {
    setWriting(false)
    const word = written.trim()
    if (!isGivenUp.current && word !== value && (word || !isRequired)) onSet(word)
    isGivenUp.current = false
  }
  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: whoever pressed the word wants to write it
        autoFocus
        aria-label={label}
        list={id}
        defaultValue={value}
        maxLength={label === 'Phase' ? 20 : 60}
        onFocus={event => event.target.select()}
        onBlur={event => leave(event.target.value)}
        onKeyDown={event => {
          if (event.key !== 'Enter' && event.key !== 'Escape') return
          event.preventDefault()
          isGivenUp.current = event.key === 'Escape'
          event.currentTarget.blur()
        }}
        className="h-7 w-28 rounded-md border border-accent bg-field px-1.5 text-ink text-sm outline-2 outline-accent/30"
      />
      <datalist id={id}>
        {words.map(word => (
          <option key={word} value={word} />
        ))}
      </datalist>
    </>
  )
}
