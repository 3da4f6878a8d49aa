import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser'
import { askInside, passkeyOptions, proveByPasskey, type Step } from '@/api/door'
import { ApiError, problemOf } from '@/api/problem'

/** Why passkeys cannot be used here, or nothing. Browsers tie them to a name, never to a number. */
export function whyNoPasskeys(): string | undefined {
  if (/^[\d.]+$|^\[/.test(location.hostname)) {
    return `Passkeys need a name. Open this server as http://localhost:${location.port} or by its own name.`
  }
  if (!browserSupportsWebAuthn() || !window.isSecureContext) {
    return 'Passkeys need an address that begins with https.'
  }
  return undefined
}

/** Sign in, or prove a second factor, by a passkey; `path` says which of both. */
export async function takePasskey(path: string): Promise<Step> {
  const { data } = await passkeyOptions(path)
  const { request_options } = data as {
    request_options: { publicKey: PublicKeyCredentialRequestOptionsJSON }
  }
  const credential = await heard(startAuthentication({ optionsJSON: request_options.publicKey }))
  return proveByPasskey(path, credential)
}

export async function addPasskey(name: string): Promise<void> {
  const { data } = await askInside('GET', 'account/authenticators/webauthn?passwordless')
  const { creation_options } = data as {
    creation_options: { publicKey: PublicKeyCredentialCreationOptionsJSON }
  }
  const credential = await heard(startRegistration({ optionsJSON: creation_options.publicKey }))
  await askInside('POST', 'account/authenticators/webauthn', { name, credential })
}

/** In words what the browser refuses. */
async function heard<Credential>(asked: Promise<Credential>): Promise<Credential> {
  try {
    return await asked
  } catch (error) {
    const isKnown = error instanceof WebAuthnError && error.code.includes('PREVIOUSLY_REGISTERED')
    const detail = isKnown
      ? 'This device has a passkey for you already.'
      : 'The passkey was not used. Try again, or choose another way.'
    throw new ApiError(problemOf({ detail }, 400))
  }
}
