from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "metafleet.hub.console"
    label = "console"
