import { describe, expect, it } from 'vitest'
import { auditExport, readAuditFilters } from '@/components/audit/filters'

const read = (search: string) => readAuditFilters(new URLSearchParams(search))

describe('the filters of the record', () => {
  it('takes the last day whole', () => {
    const { from, to } = read('from=2026-03-02&to=2026-03-02')
    expect(new Date(to ?? '').getTime() - new Date(from ?? '').getTime()).toBe(24 * 3600 * 1000)
  })

  it('leaves out what is no day and no id', () => {
    expect(read('from=yesterday&subject=x&actor=&page=2')).toEqual({})
  })

  it('exports what is chosen, of the platform too', () => {
    const href = auditExport('platform', read('actor=a%2Bb@example.com'), 'jsonl')
    expect(href).toBe('/api/operator/audit/export?actor=a%2Bb%40example.com&format=jsonl')
  })
})
