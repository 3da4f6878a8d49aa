import { Missing } from '@/components/missing'

export default function NotFoundPage() {
  return <Missing />
}
