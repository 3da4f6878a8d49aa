import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react'
import { type Flow, NotConfirmed } from '@/api/door'
import { ApiError, problemOf } from '@/api/problem'
import { ConfirmDialog } from '@/forms/session-confirm'

type Confirmed = <Result>(deed: () => Promise<Result>) => Promise<Result>

const Context = createContext<Confirmed | null>(null)

interface Question {
  flows: Flow[]
  answer: (isConfirmed: boolean) => void
}

const LEFT = problemOf({ detail: 'Nothing was changed: it was not confirmed that it is you.' }, 403)

/** Asks who it is where the hub wants to know it again, and then does what was to be done. */
export function Confirming({ children }: { children: ReactNode }) {
  const [question, setQuestion] = useState<Question | null>(null)
  const confirmed: Confirmed = useCallback(async deed => {
    try {
      return await deed()
    } catch (error) {
      if (!(error instanceof NotConfirmed)) throw error
      const isConfirmed = await new Promise<boolean>(answer => setQuestion({ flows: error.flows, answer }))
      setQuestion(null)
      if (!isConfirmed) throw new ApiError(LEFT)
      return deed()
    }
  }, [])
  const value = useMemo(() => confirmed, [confirmed])
  return (
    <Context value={value}>
      {children}
      {question && <ConfirmDialog flows={question.flows} onAnswer={question.answer} />}
    </Context>
  )
}

/** Wrap a verb of weight. Only under Confirming. */
export function useConfirmed(): Confirmed {
  const found = use(Context)
  if (!found) throw new Error('useConfirmed outside of Confirming')
  return found
}
