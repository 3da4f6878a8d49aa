import { useState } from 'react'

interface Props {
  label: string
  xTitle: string
  yTitle: string
  xs: readonly string[]
  ys: readonly string[]
  /** By y, then x; null: unknown there. */
  heights: readonly (readonly (number | null)[])[]
  format: (value: number) => string
}

const WIDTH = 640
const HEIGHT = 400
const RISE = 150

/** A field as a landscape, turned by a slider: hills that stand alone are easily seen. */
export function Surface({ label, xTitle, yTitle, xs, ys, heights, format }: Props) {
  const [turn, setTurn] = useState(35)
  const known = heights.flat().filter(value => value !== null)
  const low = Math.min(...known)
  const high = Math.max(...known)
  const at = projector(turn, xs.length, ys.length)
  const share = (value: number) => (high > low ? (value - low) / (high - low) : 0.5)
  const faces = facesOf(heights)
    .map(face => {
      const corners = face.corners.map(([x, y, value]) => at(x, y, share(value)))
      const mean = face.corners.reduce((sum, [, , value]) => sum + share(value), 0) / face.corners.length
      return { key: face.key, corners, mean, depth: Math.max(...corners.map(corner => corner.depth)) }
    })
    // From the back to the front.
    .sort((one, other) => one.depth - other.depth)
  const [right, left] = [at(xs.length - 1, 0, 0), at(0, ys.length - 1, 0)]
  return (
    <div>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} className="w-full max-w-3xl">
        {faces.map(face => (
          <polygon
            key={face.key}
            points={face.corners.map(({ left: x, top }) => `${x.toFixed(1)},${top.toFixed(1)}`).join(' ')}
            fill={`color-mix(in srgb, var(--accent) ${Math.round(10 + face.mean * 65)}%, var(--surface))`}
            stroke="var(--line-strong)"
            strokeWidth={0.75}
            strokeLinejoin="round"
          />
        ))}
        <text x={right.left} y={right.top + 18} textAnchor="middle" className="fill-faint text-[11px]">
          {xTitle} {xs.at(-1)}
        </text>
        <text x={left.left} y={left.top + 18} textAnchor="middle" className="fill-faint text-[11px]">
          {yTitle} {ys.at(-1)}
        </text>
        {known.length > 0 && (
          <text x={8} y={16} className="fill-faint text-[11px]">
            {format(low)} to {format(high)}
          </text>
        )}
      </svg>
      <label className="mt-1 flex max-w-xs items-center gap-3 text-faint text-xs">
        Turn
        <input
          type="range"
          min={0}
          max={360}
          value={turn}
          onChange={event => setTurn(Number(event.target.value))}
          className="min-w-0 flex-1 accent-accent"
        />
      </label>
    </div>
  )
}

interface Corner {
  left: number
  top: number
  depth: number
}

/** From a place in the field to one on the picture, seen from above at an angle. */
function projector(
  turn: number,
  across: number,
  up: number,
): (x: number, y: number, height: number) => Corner {
  const angle = (turn * Math.PI) / 180
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  return (x, y, height) => {
    const a = across > 1 ? x / (across - 1) - 0.5 : 0
    const b = up > 1 ? y / (up - 1) - 0.5 : 0
    const depth = a * sin + b * cos
    return {
      left: WIDTH / 2 + (a * cos - b * sin) * 400,
      top: HEIGHT / 2 + 60 + depth * 190 - height * RISE,
      depth,
    }
  }
}

interface Face {
  key: string
  corners: (readonly [x: number, y: number, value: number])[]
}

/** Four neighbours make a face; where one is unknown, three still do. */
function facesOf(heights: Props['heights']): Face[] {
  const faces: Face[] = []
  for (let y = 0; y + 1 < heights.length; y++) {
    for (let x = 0; x + 1 < (heights[y]?.length ?? 0); x++) {
      const places = [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
      ] as const
      const corners = places.flatMap(([a, b]) => {
        const value = heights[b]?.[a]
        return value === null || value === undefined ? [] : [[a, b, value] as const]
      })
      if (corners.length >= 3) faces.push({ key: `${x} ${y}`, corners })
    }
  }
  return faces
}
