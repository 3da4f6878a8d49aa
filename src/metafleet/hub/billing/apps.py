from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "metafleet.hub.billing"
    label = "billing"
