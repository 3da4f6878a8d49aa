import { useMemo } from 'react'
import type { ModelCard } from '@/api/model-card'
import { bps } from '@/components/brain/words'
import { LinesChart } from '@/ui/lines-chart'

const format = (value: number): string => bps(value, 0)

/** Sums of net returns out of sample: the model, and the baseline beside it. */
export function EquityCurves({ card }: { card: ModelCard }) {
  const lines = useMemo(() => {
    const dots = (of: 'model' | 'baseline') =>
      card.equity.map(point => ({ time: Date.parse(`${point.at}Z`) / 1000, value: point[of] }))
    return [
      { key: 'model', colour: 0, dots: dots('model') },
      { key: 'baseline', colour: 1, isSteps: true, dots: dots('baseline') },
    ]
  }, [card.equity])
  return (
    <LinesChart
      label="Sum of net returns, the model and its baseline"
      lines={lines}
      format={format}
      className="h-64"
    />
  )
}
