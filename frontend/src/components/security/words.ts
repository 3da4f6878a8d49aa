export const NEW_PASSWORD_HINT = 'At least 15 characters. Long beats complicated: four random words are fine.'

const BROWSERS = [
  ['Edge', /Edg(?:e|A|iOS)?\//],
  ['Opera', /OPR\//],
  ['Firefox', /Firefox\/|FxiOS\//],
  ['Chrome', /Chrome\/|CriOS\//],
  ['Safari', /Safari\//],
  ['metafleet’s command line', /Python-urllib/],
] as const

const SYSTEMS = [
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Android', /Android/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X|Macintosh/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
] as const

/** `Firefox on Linux`, from what a browser calls itself. */
export function deviceOf(userAgent: string): string {
  const browser = BROWSERS.find(([, mark]) => mark.test(userAgent))?.[0]
  const system = SYSTEMS.find(([, mark]) => mark.test(userAgent))?.[0]
  if (browser && system) return `${browser} on ${system}`
  return browser ?? system ?? 'Unknown device'
}

/** What the provider's way back says by `?error=`. */
const PROVIDER_ERRORS: Record<string, string> = {
  cancelled: 'You turned back at the provider. Nothing was changed.',
  email_not_verified: 'The provider has not verified your email address. Verify it there, then try again.',
  domain_not_allowed: 'Addresses of your domain may not sign in here.',
  link_by_hand:
    'There is an account with this address. Sign in to it by password, then link it under Settings, Security.',
  connected_other: 'That sign-in belongs to another account here.',
  reauthentication_required: 'Confirm first that it is you, then link again.',
  signup_closed: 'New accounts are not made here.',
}

export function providerError(code: string | null): string | undefined {
  if (!code) return undefined
  return PROVIDER_ERRORS[code] ?? 'The provider’s answer was refused. Try again, or sign in another way.'
}

/** An instant as the hub's other instants are written, from seconds since 1970. */
export const instantOf = (seconds: number): string => new Date(seconds * 1000).toISOString()
