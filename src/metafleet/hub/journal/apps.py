from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "metafleet.hub.journal"
    label = "journal"
