import { BadgeCheck, FileSearch, Undo2 } from 'lucide-react'
import type { ImportState } from '@/api/terminal-records'
import type { Look } from '@/components/states'

export const IMPORT_STATES: Record<ImportState, Look> = {
  previewed: {
    label: 'Preview',
    tone: 'accent',
    icon: FileSearch,
    says: 'It was read, and nothing of it is recorded yet.',
  },
  done: {
    label: 'Imported',
    tone: 'profit',
    icon: BadgeCheck,
    says: 'What was new of it is in the journal.',
  },
  undone: {
    label: 'Undone',
    tone: 'neutral',
    icon: Undo2,
    says: 'What only this import brought has been taken out again.',
  },
}
