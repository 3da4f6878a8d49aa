from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "metafleet.hub.vault"
    label = "vault"
