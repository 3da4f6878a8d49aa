from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "metafleet.hub.fleet"
    label = "fleet"
