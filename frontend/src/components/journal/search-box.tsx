import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Input } from '@/ui/input'

/** Long enough for the next letter, short enough to feel immediate. */
const PAUSE_MS = 250

interface Props {
  value: string
  onChange: (value: string) => void
  what?: string
  label?: string
}

/** Text that the list follows once the writer pauses. */
export function SearchBox({
  value,
  onChange,
  what = 'Search trades',
  label = 'Search in symbol, comment and note',
}: Props) {
  const [text, setText] = useState(value)
  const [followed, setFollowed] = useState(value)
  // Back, forward and "Clear" change the URL: the box follows them.
  if (followed !== value) {
    setFollowed(value)
    if (value !== text.trim()) setText(value)
  }
  const latest = useRef(onChange)
  useEffect(() => {
    latest.current = onChange
  })
  useEffect(() => {
    if (text.trim() === followed) return
    const timer = setTimeout(() => latest.current(text.trim()), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, followed])
  return (
    <span className="w-44 shrink-0 sm:w-52">
      <Input
        type="search"
        aria-label={label}
        placeholder={what}
        value={text}
        maxLength={100}
        onChange={event => setText(event.target.value)}
        icon={<Search aria-hidden />}
        className="h-8"
      />
    </span>
  )
}
