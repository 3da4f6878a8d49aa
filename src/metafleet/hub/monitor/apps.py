from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "metafleet.hub.monitor"
    label = "monitor"
