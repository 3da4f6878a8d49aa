import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '@/ui/clipboard'

interface Props {
  text: string
  /** A shorter form to show; all of it is copied. */
  shown?: string
  label: string
}

export function Copyable({ text, shown = text, label }: Props) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    if (!(await copyText(text))) return
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  const Icon = isCopied ? Check : Copy
  return (
    <button
      type="button"
      title={text}
      aria-label={isCopied ? 'Copied' : `Copy ${label}`}
      onClick={() => void copy()}
      className="group inline-flex max-w-full items-center gap-1.5 rounded font-mono text-ink text-xs hover:text-accent"
    >
      <span className="truncate">{shown}</span>
      <Icon aria-hidden className="size-3 shrink-0 text-faint group-hover:text-accent" />
    </button>
  )
}
