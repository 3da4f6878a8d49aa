/** Whoever follows a command waits here for the stream's next word of it. */
const waiting = new Map<string, Set<() => void>>()

/** The stream spoke of this command. */
export function tellOfCommand(id: string): void {
  for (const wake of [...(waiting.get(id) ?? [])]) wake()
}

/** Resolve at the stream's next word of this command, or after so long: a word may be lost. */
export function nextWordOf(id: string, atMostMs: number): Promise<void> {
  return new Promise(resolve => {
    const listeners = waiting.get(id) ?? new Set()
    const wake = () => {
      clearTimeout(timer)
      listeners.delete(wake)
      if (listeners.size === 0) waiting.delete(id)
      resolve()
    }
    const timer = setTimeout(wake, atMostMs)
    waiting.set(id, listeners.add(wake))
  })
}
