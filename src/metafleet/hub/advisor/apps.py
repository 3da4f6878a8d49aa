from django.apps import AppConfig


class AdvisorConfig(AppConfig):
    name = "metafleet.hub.advisor"
    label = "advisor"
