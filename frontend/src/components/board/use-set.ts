import { useCallback } from 'react'
import { toast } from 'sonner'
import { type BoardRow, type ProfileForm, useProfileVerb } from '@/api/board'
import { sentenceOf } from '@/api/problem'
import { groupedBy } from '@/components/board/board'

/** What can be written of an account on the board. */
export type Written = 'phase' | 'group' | 'holder' | 'firm'

/** Set one thing of some accounts; the toast takes it back, each account to what it had. */
export function useSet() {
  const { mutateAsync } = useProfileVerb()
  return useCallback(
    (rows: readonly BoardRow[], field: Written, value: string) => {
      const touched = rows.filter(row => row[field] !== value)
      if (touched.length === 0) return
      const set = (ids: readonly string[], word: string) =>
        mutateAsync({ ids, set: { [field]: word } as ProfileForm })
      const undo = async () => {
        for (const [word, own] of groupedBy(touched, row => row[field])) {
          await set(
            own.map(row => row.id),
            word,
          )
        }
      }
      const what = touched.length === 1 ? (touched[0]?.label ?? '') : `${touched.length} accounts`
      void set(
        touched.map(row => row.id),
        value,
      ).then(
        () =>
          toast.success(`${what}: ${field} ${value || 'none'}`, {
            action: { label: 'Undo', onClick: () => void undo().catch(tell) },
          }),
        tell,
      )
    },
    [mutateAsync],
  )
}

const tell = (error: unknown) => void toast.error(sentenceOf(error))
