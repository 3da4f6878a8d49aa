"""Signing up, in and out by django-allauth's flows, as this product wants them.

`adapter` decides about passwords, mails and limits, `factors` about second factors, `oidc`
about an OpenID Connect provider; `events` writes what happened into the audit log.
The screens speak to `/_allauth/browser/v1`, whose reference is allauth's own:
https://docs.allauth.org/en/latest/headless/openapi-specification/
"""
