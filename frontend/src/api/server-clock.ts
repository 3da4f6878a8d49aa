/** How far the reader's clock is behind the hub's, in milliseconds. Ages are counted on the hub's clock. */
let skewMs = 0

/** Learn the hub's time from something that it has just said. */
export function setServerTime(at: string, here = Date.now()): void {
  skewMs = Date.parse(at) - here
}

export function serverNow(here = Date.now()): number {
  return here + skewMs
}
