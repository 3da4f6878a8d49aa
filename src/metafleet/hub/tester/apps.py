from django.apps import AppConfig


class TesterConfig(AppConfig):
    name = "metafleet.hub.tester"
    label = "tester"
