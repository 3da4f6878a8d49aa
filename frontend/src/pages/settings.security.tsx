import { Page } from '@/components/page'
import { AccountCard, ProviderCard } from '@/components/security/account-cards'
import { Confirming } from '@/components/security/confirming'
import { FactorCards } from '@/components/security/factor-cards'
import { SessionsCard, SignInsCard } from '@/components/security/session-cards'

export default function SecurityPage() {
  return (
    <Page
      isNarrow
      title="Security"
      lead="How you sign in, where you are signed in, and who tried."
      parent={{ label: 'Settings', to: '/settings' }}
    >
      <Confirming>
        <div className="grid items-start gap-5 lg:grid-cols-2">
          <div className="min-w-0 space-y-5">
            <AccountCard />
            <ProviderCard />
            <FactorCards />
          </div>
          <div className="min-w-0 space-y-5">
            <SessionsCard />
            <SignInsCard />
          </div>
        </div>
      </Confirming>
    </Page>
  )
}
