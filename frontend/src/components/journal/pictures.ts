/** What the hub takes. */
const MOST_BYTES = 3 * 1024 * 1024
const TYPES = new Set(['image/png', 'image/jpeg', 'image/webp'])
/** Wide enough to read a chart on a large screen. */
const MOST_PIXELS = 2560
const QUALITY = 0.86

export const PICTURE_TYPES = [...TYPES].join(',')

export class NotAPicture extends Error {}

/** Return a picture that the hub takes: as it is, or made smaller where it is too large.
 *
 * Raises NotAPicture with a sentence for what cannot become one. */
export async function asPicture(file: File): Promise<Blob> {
  if (TYPES.has(file.type) && file.size <= MOST_BYTES) return file
  if (!file.type.startsWith('image/')) {
    throw new NotAPicture(`${file.name} is no picture. Choose a PNG, JPEG or WebP file.`)
  }
  const smaller = await shrink(file)
  if (!smaller || smaller.size > MOST_BYTES) {
    throw new NotAPicture(`${file.name} stays over 3 MB. Cut it or save it smaller.`)
  }
  return smaller
}

async function shrink(file: File): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new NotAPicture(`${file.name} could not be read as a picture. Choose a PNG, JPEG or WebP file.`)
  })
  const scale = Math.min(1, MOST_PIXELS / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(bitmap.width * scale)
  canvas.height = Math.round(bitmap.height * scale)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return new Promise(resolve => canvas.toBlob(resolve, 'image/webp', QUALITY))
}

/** The pictures among what was pasted or dropped. */
export function picturesOf(data: DataTransfer | null): File[] {
  return [...(data?.files ?? [])].filter(file => file.type.startsWith('image/'))
}
