import { csrfToken } from '@/api/csrf'
import { ApiError, problemOf, UNREACHABLE } from '@/api/problem'
import type { Import } from '@/api/terminal-records'

export const MOST_BYTES = 10 * 1024 * 1024
const TIMEOUT_MS = 120_000

interface Upload {
  accountId: string
  file: File
  timezone: string
  onProgress: (share: number) => void
  signal?: AbortSignal
}

/** Send a history file for a preview. `fetch` tells nothing of how far an upload is; this does.
 *
 * Raises ApiError for every refusal and for no answer at all. */
export function uploadHistory({ accountId, file, timezone, onProgress, signal }: Upload): Promise<Import> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `/api/accounts/${accountId}/imports`)
    request.setRequestHeader('X-CSRFToken', csrfToken() ?? '')
    request.timeout = TIMEOUT_MS
    request.upload.onprogress = event => event.lengthComputable && onProgress(event.loaded / event.total)
    request.onload = () => {
      const body = parsed(request.responseText)
      if (request.status < 300 && body) resolve(body as Import)
      else reject(new ApiError(problemOf(body, request.status)))
    }
    request.onerror = () => reject(new ApiError(UNREACHABLE))
    request.ontimeout = () => reject(new ApiError(UNREACHABLE))
    request.onabort = () => reject(new DOMException('The upload was given up.', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort())
    request.send(formOf(file, timezone))
  })
}

function formOf(file: File, timezone: string): FormData {
  const form = new FormData()
  form.append('file', file)
  form.append('timezone', timezone)
  return form
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const READABLE = /\.(html?|xlsx|csv|json|txt|zip)$/i

/** Why a file is not worth sending, as a sentence; undefined for one that is. */
export function fileFault(file: Pick<File, 'name' | 'size'>): string | undefined {
  if (file.size === 0) return `${file.name} is empty. Save the report once more and choose it again.`
  if (file.size > MOST_BYTES) {
    return `${file.name} has ${megabytes(file.size)}, and 10 MB is the most. Export a shorter period.`
  }
  if (!READABLE.test(file.name)) {
    return `${file.name} is no history that can be read: choose an HTML, XLSX, CSV, JSON or ZIP export.`
  }
}

export function megabytes(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))} kB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
