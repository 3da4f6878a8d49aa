import { X } from 'lucide-react'
import { type KeyboardEvent, useId, useState } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  label: string
  tags: readonly string[]
  /** What was used before, most used first. */
  known: readonly string[]
  onChange: (tags: string[]) => void
  most: number
  disabled?: boolean
}

const TAG_LENGTH = 40
const SHOWN = 6

/** Tags as chips; Enter or a comma ends one, Backspace takes the last back, known ones are offered. */
export function TagInput({ label, tags, known, onChange, most, disabled }: Props) {
  const id = useId()
  const [text, setText] = useState('')
  const [isOpen, setOpen] = useState(false)
  const [cursor, setCursor] = useState(-1)
  const word = text.trim().toLowerCase()
  const offered = known.filter(tag => !tags.includes(tag) && tag.includes(word)).slice(0, SHOWN)
  const at = cursor < offered.length ? cursor : -1
  const isShown = isOpen && offered.length > 0 && tags.length < most
  const add = (tag: string) => {
    const clean = tag.trim().toLowerCase().slice(0, TAG_LENGTH)
    if (clean && !tags.includes(clean) && tags.length < most) onChange([...tags, clean])
    setText('')
    setCursor(-1)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0 && offered.length > 0) {
      event.preventDefault()
      setOpen(true)
      setCursor((at + step + offered.length + (at < 0 && step < 0 ? 1 : 0)) % offered.length)
    } else if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault()
      add(isShown && at >= 0 ? (offered[at] ?? text) : text)
    } else if (event.key === 'Escape' && isShown) {
      event.stopPropagation()
      setOpen(false)
    } else if (event.key === 'Backspace' && text === '') onChange(tags.slice(0, -1))
  }
  return (
    <div className="relative">
      <div
        className={cx(
          'flex min-h-9 flex-wrap items-center gap-1 rounded-lg border border-line-strong bg-field px-1.5 py-1 transition-colors focus-within:border-accent',
          disabled && 'opacity-60',
        )}
      >
        {tags.map(tag => (
          <span
            key={tag}
            className="inline-flex h-6 items-center rounded-md bg-hover pr-0.5 pl-2 text-ink text-xs"
          >
            {tag}
            {!disabled && (
              <button
                type="button"
                aria-label={`Remove tag ${tag}`}
                onClick={() => onChange(tags.filter(item => item !== tag))}
                className="ml-0.5 grid size-5 place-items-center rounded text-faint hover:text-ink"
              >
                <X aria-hidden className="size-3" />
              </button>
            )}
          </span>
        ))}
        <input
          role="combobox"
          aria-label={label}
          aria-expanded={isShown}
          aria-controls={`${id}-list`}
          aria-activedescendant={isShown && at >= 0 ? `${id}-${at}` : undefined}
          value={text}
          maxLength={TAG_LENGTH}
          disabled={disabled || tags.length >= most}
          placeholder={tags.length >= most ? '' : tags.length === 0 ? 'Add a tag…' : ''}
          onChange={event => {
            setText(event.target.value)
            setOpen(true)
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => {
            setOpen(false)
            add(text)
          }}
          onKeyDown={onKeyDown}
          className="h-6 min-w-20 flex-1 bg-transparent px-1 text-ink text-sm outline-none placeholder:text-faint"
        />
      </div>
      <div
        role="listbox"
        id={`${id}-list`}
        aria-label="Known tags"
        hidden={!isShown}
        className="absolute inset-x-0 top-full z-20 mt-1 rounded-lg border border-line-strong bg-raised p-1 shadow-pop"
      >
        {offered.map((tag, index) => (
          <div
            key={tag}
            role="option"
            id={`${id}-${index}`}
            tabIndex={-1}
            aria-selected={index === at}
            // Before the input loses its focus, and with it what was typed.
            onPointerDown={event => {
              event.preventDefault()
              add(tag)
            }}
            className={cx(
              'cursor-pointer rounded-md px-2 py-1 text-sm hover:bg-hover',
              index === at && 'bg-hover',
            )}
          >
            {tag}
          </div>
        ))}
      </div>
    </div>
  )
}
