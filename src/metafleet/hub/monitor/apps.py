from django.apps import AppConfig


class MonitorConfig(AppConfig):
    name = "metafleet.hub.monitor"
    label = "monitor"

    def ready(self) -> None:
        from metafleet.hub.fleet import guards
        from metafleet.hub.monitor import guarding

        guards.use(guarding.guard_of)
