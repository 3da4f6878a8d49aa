from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "metafleet.hub.kernel"
    label = "kernel"
