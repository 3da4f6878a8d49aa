from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "metafleet.hub.catalogue"
    label = "catalogue"
