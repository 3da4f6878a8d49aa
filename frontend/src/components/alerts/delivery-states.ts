import type { Delivery } from '@/api/channels'
import type { Tone } from '@/ui/badge'

export const DELIVERY_STATES: Record<Delivery['state'], { label: string; tone: Tone }> = {
  queued: { label: 'Waiting', tone: 'warn' },
  sent: { label: 'Sent', tone: 'profit' },
  failed: { label: 'Failed', tone: 'loss' },
}
