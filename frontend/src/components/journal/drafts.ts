import type { Review } from '@/api/journal-records'

const PREFIX = 'metafleet.review.'

/** What was written and is not at the hub yet, kept on this device: a lost connection loses no note. */
export function keepDraft(tradeId: string, review: Review): void {
  try {
    localStorage.setItem(PREFIX + tradeId, JSON.stringify(review))
  } catch {
    // Without storage the note lasts as long as the page.
  }
}

export function readDraft(tradeId: string): Review | null {
  try {
    const text = localStorage.getItem(PREFIX + tradeId)
    return text === null ? null : (JSON.parse(text) as Review)
  } catch {
    return null
  }
}

/** Forget a draft that is saved, unless more was written since. */
export function dropDraft(tradeId: string, saved: Review): void {
  try {
    if (localStorage.getItem(PREFIX + tradeId) === JSON.stringify(saved))
      localStorage.removeItem(PREFIX + tradeId)
  } catch {
    // Nothing was kept.
  }
}

/** Another person on this device must not meet them. */
export function dropAllDrafts(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key)
  } catch {
    // Nothing was kept.
  }
}
