from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """No models: only the migrations of the statements that many terminals' requests share."""

    name = "metafleet.hub.gateway"
    label = "gateway"
