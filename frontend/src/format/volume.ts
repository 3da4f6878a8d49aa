/** A volume in lots with at least two digits, as `0.10`. */
export function lots(volume: number): string {
  const text = String(Number(volume.toFixed(4)))
  const digits = text.split('.')[1]?.length ?? 0
  return digits < 2 ? volume.toFixed(2) : text
}

/** A whole number with thousands separated. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}
