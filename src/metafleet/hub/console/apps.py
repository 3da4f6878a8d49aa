from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "metafleet.hub.console"
    label = "console"

    def ready(self) -> None:
        from metafleet.hub.console.sign_in import events

        events.listen()
