import { queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type WeeklyReport = Schemas['WeeklyReport']
export type WeeklyReportForm = Schemas['WeeklyReportForm']

const path = (id: string) => ({ params: { path: { channel_id: id } } })

export const weeklyReport = (id: string) =>
  queryOptions({
    queryKey: ['channels', id, 'weekly-report'],
    queryFn: ({ signal }) =>
      take(client.GET('/api/alerts/channels/{channel_id}/weekly-report', { ...path(id), signal })),
  })

export const keepWeeklyReport = (id: string, body: WeeklyReportForm) =>
  take(client.PUT('/api/alerts/channels/{channel_id}/weekly-report', { ...path(id), body }))

export const sendWeeklyReport = (id: string) =>
  take(client.POST('/api/alerts/channels/{channel_id}/weekly-report/send', path(id)))

/** The address of the report as a page: of this week so far, or of the last whole one. */
export const reportPage = (week: 'this' | 'last', timezone: string) =>
  `/api/alerts/weekly-report?${new URLSearchParams({ week, timezone })}`
