from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "metafleet.hub.signals"
    label = "signals"
