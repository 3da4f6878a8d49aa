export type SaveState = 'idle' | 'waiting' | 'saving' | 'saved' | 'failed'

interface Wishes<Value> {
  /** `isLeaving`: the page may be gone before the answer. */
  save: (value: Value, isLeaving: boolean) => Promise<unknown>
  onState: (state: SaveState, error: unknown) => void
  /** How long the writer must pause. */
  pauseMs: number
}

/** Saves what changes: after a pause, one save at a time, the last word always.
 *
 * Nothing is dropped: what changes during a save is saved after it, and `flush` sends what is
 * left when the screen goes away. A save that failed is tried again by the next change or `flush`. */
export class Autosave<Value> {
  private readonly wishes: Wishes<Value>
  private left: { value: Value } | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private isSaving = false

  constructor(wishes: Wishes<Value>) {
    this.wishes = wishes
  }

  /** Whether something is not at the hub yet. */
  get isPending(): boolean {
    return this.left !== null || this.isSaving
  }

  change(value: Value, pauseMs = this.wishes.pauseMs): void {
    this.left = { value }
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.run(), pauseMs)
    if (!this.isSaving) this.wishes.onState('waiting', null)
  }

  /** Save what is left now. While leaving, also beside a save that is under way. */
  flush(isLeaving = false): void {
    clearTimeout(this.timer)
    void this.run(isLeaving)
  }

  private async run(isLeaving = false): Promise<void> {
    if (!this.left || (this.isSaving && !isLeaving)) return
    const { left } = this
    this.left = null
    this.isSaving = true
    this.wishes.onState('saving', null)
    try {
      await this.wishes.save(left.value, isLeaving)
      this.isSaving = false
      if (this.left === null) this.wishes.onState('saved', null)
      else await this.run()
    } catch (error) {
      this.isSaving = false
      this.left ??= left
      this.wishes.onState('failed', error)
    }
  }
}
