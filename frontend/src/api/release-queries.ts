import { queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'

const EVERY_MS = 5_000
/** While a trial runs there is something new each moment. */
const TRYING_MS = 1_000

export const eaReleases = () =>
  queryOptions({
    queryKey: ['operator', 'eas'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/eas', { signal })),
    refetchInterval: EVERY_MS,
  })

export const eaVersion = (id: string) =>
  queryOptions({
    queryKey: ['operator', 'eas', id],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/operator/eas/versions/{version_id}', {
          params: { path: { version_id: id } },
          signal,
        }),
      ),
    refetchInterval: query => (query.state.data?.state === 'draft' ? TRYING_MS : EVERY_MS),
  })

/** Of the catalogue: what is or was on offer. */
export const releasedVersions = (slug: string) =>
  queryOptions({
    queryKey: ['templates', slug, 'versions'],
    queryFn: ({ signal }) =>
      take(client.GET('/api/templates/{slug}/versions', { params: { path: { slug } }, signal })),
  })
