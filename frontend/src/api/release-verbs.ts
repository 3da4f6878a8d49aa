import { client, take } from '@/api/client'

const path = (id: string) => ({ params: { path: { version_id: id } } })

export const MOST_SOURCE_BYTES = 64 * 1024

/** Why a file is no EA's source, as a sentence; undefined for one that may be. */
export function sourceFault(file: Pick<File, 'name' | 'size'>): string | undefined {
  if (!/\.py$/i.test(file.name)) return `${file.name} is no Python file: choose the EA’s .py file.`
  if (file.size === 0) return `${file.name} is empty.`
  if (file.size > MOST_SOURCE_BYTES) {
    return `${file.name} has ${Math.ceil(file.size / 1024)} kB, and 64 kB is the most that is reviewed.`
  }
}

export const uploadVersion = (file: File, changelog: string) =>
  take(
    client.POST('/api/operator/eas', {
      body: { file: file.name, changelog },
      bodySerializer: () => {
        const form = new FormData()
        form.append('file', file, file.name)
        form.append('changelog', changelog)
        return form
      },
    }),
  )

export const approveVersion = (id: string, note: string) =>
  take(client.POST('/api/operator/eas/versions/{version_id}/approve', { ...path(id), body: { note } }))

export const refuseVersion = (id: string, reason: string) =>
  take(client.POST('/api/operator/eas/versions/{version_id}/refuse', { ...path(id), body: { reason } }))

export const releaseVersion = (id: string) =>
  take(client.POST('/api/operator/eas/versions/{version_id}/release', path(id)))

export const withdrawVersion = (id: string, reason: string) =>
  take(client.POST('/api/operator/eas/versions/{version_id}/withdraw', { ...path(id), body: { reason } }))
