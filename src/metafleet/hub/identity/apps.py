from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "metafleet.hub.identity"
    label = "identity"
