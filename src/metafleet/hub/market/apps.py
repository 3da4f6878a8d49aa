from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "metafleet.hub.market"
    label = "market"
