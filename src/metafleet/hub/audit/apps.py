from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "metafleet.hub.audit"
    label = "audit"
