import { describe, expect, it } from 'vitest'
import { COLUMN_NAMES, columnsAfter, readColumns } from '@/components/board/columns'

const read = (search: string) => readColumns(new URLSearchParams(search))

describe('the columns of the board', () => {
  it('are the usual ones until others are named, in their own order', () => {
    expect(read('')).toEqual(COLUMN_NAMES.filter(name => name !== 'programme'))
    expect(read('cols=equity+phase+nonsense')).toEqual(['phase', 'equity'])
    expect(read('cols=nonsense')).toEqual(read(''))
  })

  it('are shown and hidden one by one, and the last one stays', () => {
    expect(columnsAfter(read('cols=phase+equity'), 'phase')).toBe('equity')
    expect(columnsAfter(read('cols=equity'), 'equity')).toBe('equity')
    expect(columnsAfter(read(''), 'programme')).toBe(COLUMN_NAMES.join(' '))
    expect(columnsAfter(COLUMN_NAMES, 'programme')).toBeNull()
  })
})
