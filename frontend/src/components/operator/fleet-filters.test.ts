import { expect, it } from 'vitest'
import { isFiltered, readFleetFilters } from '@/components/operator/fleet-filters'

const read = (query: string) => readFleetFilters(new URLSearchParams(query))
const ID = '6f1f9a52-3c3c-4b2a-9d57-0a0a0a0a0a0a'

it('reads every filter off the address', () => {
  expect(read(`state=error&waits=stuck&tenant=${ID}&host=runner-3&driver=docker&text= euro &page=2`)).toEqual(
    {
      state: 'error',
      waits: 'stuck',
      tenant: ID,
      host: 'runner-3',
      driver: 'docker',
      text: 'euro',
      page: 2,
      pageSize: 50,
    },
  )
})

it('leaves out what the server would refuse', () => {
  expect(read('state=flying&waits=toString&tenant=me&text=&page=-1')).toEqual({ page: 1, pageSize: 50 })
  expect(read(`text=${'a'.repeat(200)}`).text).toHaveLength(80)
})

it('a page alone is no filter', () => {
  expect(isFiltered(read('page=3'))).toBe(false)
  expect(isFiltered(read('driver=docker'))).toBe(true)
})
