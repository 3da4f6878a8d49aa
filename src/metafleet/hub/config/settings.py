"""Settings of the hub, read from the environment once. docs/reference/settings.md lists each."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from metafleet.hub.config import aws_monitor, env, mail
from metafleet.wire import loglines

PACKAGE = Path(__file__).resolve().parents[2]
DATA_DIR = env.path("METAFLEET_DATA_DIR", Path(".metafleet"))
KEYS_DIR = DATA_DIR / "keys"

PRODUCTION = env.flag("METAFLEET_PRODUCTION", default=False)
DEBUG = env.flag("METAFLEET_DEBUG", default=False)
SECRET_KEY = env.secret("METAFLEET_SECRET_KEY", KEYS_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.secret_or("METAFLEET_FORMER_SECRET_KEYS", "").split()
VAULT_KEY_FILE = env.path("METAFLEET_VAULT_KEY_FILE", KEYS_DIR / "vault_master.key")
VAULT_PROVIDER: Literal["local", "aws-kms"] = env.one_of("METAFLEET_VAULT_PROVIDER", "local", "aws-kms")
VAULT_KMS_KEY = env.text("METAFLEET_VAULT_KMS_KEY", "")
VAULT_KMS_REGION = env.text("METAFLEET_VAULT_KMS_REGION", "us-east-1")
RECEIPT_KEY_FILE = env.path("METAFLEET_RECEIPT_KEY_FILE", KEYS_DIR / "receipt_signing.key")
RECEIPT_KEYS = env.secret_but_no_file("METAFLEET_RECEIPT_KEY")
BROKER_ADMIN_KEY = env.secret_if_any("METAFLEET_BROKER_ADMIN_KEY", KEYS_DIR / "broker_admin.key")

HOST = env.text("METAFLEET_HOST", "127.0.0.1")
WEB_PORT = env.whole("METAFLEET_WEB_PORT", 8000, low=1, high=65535)
GATEWAY_PORT = env.whole("METAFLEET_GATEWAY_PORT", 8001, low=1, high=65535)
BROKER_PORT = env.whole("METAFLEET_BROKER_PORT", 8002, low=1, high=65535)
GATEWAY_URL = env.text("METAFLEET_GATEWAY_URL", f"http://127.0.0.1:{GATEWAY_PORT}")
BROKER_HOST = env.text("METAFLEET_BROKER_HOST", "127.0.0.1")
RUNNER_GATEWAY_URL = env.text("METAFLEET_RUNNER_GATEWAY_URL", GATEWAY_URL)
RUNNER_BROKER_HOST = env.text("METAFLEET_RUNNER_BROKER_HOST", BROKER_HOST)
INSTALLATION_ID = env.word("METAFLEET_INSTALLATION_ID", "main")
DEMO = env.flag("METAFLEET_DEMO", default=True)

# The demo's accounts are traded on the market that the broker then goes on with.
MARKET_SOURCE = env.text("METAFLEET_MARKET_SOURCE", "sample")
MARKET_SEED = env.whole("METAFLEET_MARKET_SEED", 7, low=0, high=2**63 - 1)
MARKET_DATA_DIR = env.text("METAFLEET_MARKET_DATA", "")
MARKET_CALENDAR = env.text("METAFLEET_MARKET_CALENDAR", "")
MARKET_SENTIMENT = env.text("METAFLEET_MARKET_SENTIMENT", "")
BRAIN_SYMBOLS = env.pairs("METAFLEET_BRAIN_SYMBOLS")
MODEL_STORE = env.text("METAFLEET_MODEL_STORE", "")
BACKTESTS_AT_ONCE = env.whole("METAFLEET_BACKTESTS_AT_ONCE", 2, low=0, high=64)
ADVISOR_PROCESSES = env.whole("METAFLEET_ADVISOR_PROCESSES", 1, low=0, high=64)
ADVISOR_AUTHOR: Literal["template", "bedrock", "openai"] = env.one_of(
    "METAFLEET_ADVISOR_AUTHOR", "template", "bedrock", "openai"
)
ADVISOR_MODEL = env.text("METAFLEET_ADVISOR_MODEL", "")
ADVISOR_URL = env.text("METAFLEET_ADVISOR_URL", "https://api.openai.com/v1")
ADVISOR_KEY = env.secret_or("METAFLEET_ADVISOR_KEY", "")
ADVISOR_REGION = env.text("METAFLEET_ADVISOR_REGION", "")
MARKET_CLOCK: Literal["live", "source"] = env.one_of("METAFLEET_MARKET_CLOCK", "live", "source")

ALLOWED_HOSTS = env.text("METAFLEET_ALLOWED_HOSTS", "localhost 127.0.0.1 [::1]").split()
CSRF_TRUSTED_ORIGINS = env.text("METAFLEET_TRUSTED_ORIGINS", "").split()
SECURE_COOKIES = env.flag("METAFLEET_SECURE_COOKIES", default=False)

DATABASE_URL = env.secret_or("DATABASE_URL", "postgresql://metafleet@127.0.0.1:5432/metafleet")
APP_DATABASE_URL = env.secret_or("METAFLEET_APP_DATABASE_URL", "")
POOLED_DATABASE_URL = env.secret_or("METAFLEET_POOLED_DATABASE_URL", "")
REDIS_URL = env.secret_or("REDIS_URL", "redis://127.0.0.1:6379/0")

APP_ROLE = "metafleet_app"
"""Owns nothing, bypasses nothing: the role that everything but migrations works under."""


def _database(url: str, *, application: bool) -> dict[str, object]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    options: dict[str, object] = {"application_name": "metafleet"}
    if application:
        # Each request has a thread of its own under ASGI: connections are pooled, not kept by thread.
        # An attempt is given up soon and the next request begins another: the pool's own back-off
        # would keep a process away for minutes after a database that was gone for minutes is back.
        options["pool"] = {"min_size": 1, "max_size": 10, "timeout": 10, "reconnect_timeout": 3.0}
        if not APP_DATABASE_URL and not POOLED_DATABASE_URL:
            options["options"] = f"-c role={APP_ROLE}"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {**query, **options},
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {
    "default": _database(POOLED_DATABASE_URL or APP_DATABASE_URL or DATABASE_URL, application=True),
    "owner": _database(DATABASE_URL, application=False),
}
LISTENING_DATABASE = _database(APP_DATABASE_URL or DATABASE_URL, application=True)
"""Where the gateway hears notices: a pooler of transactions passes none on."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django_celery_results",
    "django_linear_migrations",
    "metafleet.hub.kernel",
    "metafleet.hub.identity",
    "metafleet.hub.audit",
    "metafleet.hub.catalogue",
    "metafleet.hub.vault",
    "metafleet.hub.billing",
    "metafleet.hub.market",
    "metafleet.hub.fleet",
    "metafleet.hub.journal",
    "metafleet.hub.monitor",
    "metafleet.hub.signals",
    "metafleet.hub.tester",
    "metafleet.hub.advisor",
    "metafleet.hub.gateway",
    "metafleet.hub.console",
    # After the console, whose mails replace theirs.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "allauth.headless",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "metafleet.hub.console.middleware.RequestId",
    "metafleet.hub.console.refusal_log.RefusalLog",
    "metafleet.hub.console.middleware.ApiKeys",
    "metafleet.hub.console.middleware.ContentSecurityPolicy",
    "metafleet.hub.console.headers.ReplyHeaders",
    "metafleet.hub.console.middleware.MethodNotAllowed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "metafleet.hub.console.sign_in.presence.Presence",
]
OTLP_ENDPOINT = env.text("METAFLEET_OTLP_ENDPOINT", "")
OTLP_HEADERS = env.secret_pairs("METAFLEET_OTLP_HEADERS")
TRACE_RATIO = env.share("METAFLEET_TRACE_RATIO", "0.1")
if OTLP_ENDPOINT:
    MIDDLEWARE.insert(
        MIDDLEWARE.index("metafleet.hub.console.middleware.RequestId") + 1,
        "metafleet.hub.console.traces.Traced",
    )
ROOT_URLCONF = "metafleet.hub.config.urls"
# Only mails are made of templates; screens are the app's.
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
STATIC_URL = "/assets/"
APP_DIR = PACKAGE / "hub" / "console" / "static" / "app"
WHITENOISE_ROOT = APP_DIR if APP_DIR.is_dir() else None
WHITENOISE_INDEX_FILE = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

AUTH_USER_MODEL = "identity.User"
PASSWORD_HASHERS = ["metafleet.hub.identity.passwords.BoundedArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},  # NIST SP 800-63B-4, for a password that may be the only factor
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "metafleet.hub.identity.own_words.OwnWordsValidator"},
    {"NAME": "metafleet.hub.identity.breached.BreachedPasswordValidator"},
]
BREACHED_PASSWORDS_FILE = env.text("METAFLEET_BREACHED_PASSWORDS_FILE", "")
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
CACHES = {
    "default": {
        "BACKEND": "metafleet.hub.kernel.cache.SharedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

WEBHOOK_NETWORKS = env.networks("METAFLEET_WEBHOOK_NETWORKS")

SENDS_MAIL = mail.URL != ""
EMAIL_FILE_PATH = DATA_DIR / "mail"
globals().update(mail.settings(mail.URL))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = mail.sender(mail.URL)

ACCOUNT_ADAPTER = "metafleet.hub.console.sign_in.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "metafleet.hub.console.sign_in.form.DeskForm"
ACCOUNT_USER_DISPLAY = operator.attrgetter("email")
# Codes that are typed instead of links: nothing in a mail depends on a host name, and a scanner that
# follows links proves nothing. Without a mail server the adapter asks for no code at sign-in.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = SENDS_MAIL
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "metafleet: "
# Failed sign-ins are counted by our own throttle; "login_failed" is what codes of second factors count by.
ACCOUNT_RATE_LIMITS = {"login": None, "signup": "20/5m/ip"}
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_FRONTEND_URLS = {
    "account_signup": "/sign-up",
    "account_reset_password": "/forgot-password",
    "socialaccount_login_error": "/sign-in",
}
MFA_ADAPTER = "metafleet.hub.console.sign_in.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = not SENDS_MAIL
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "metafleet"
MFA_TOTP_TOLERANCE = 1
USERSESSIONS_ADAPTER = "metafleet.hub.console.sign_in.adapter.SessionsAdapter"
USERSESSIONS_TRACK_ACTIVITY = True
SOCIALACCOUNT_ADAPTER = "metafleet.hub.console.sign_in.oidc.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False

OIDC_ISSUER = env.text("METAFLEET_OIDC_ISSUER", "").rstrip("/")
OIDC_NAME = env.text("METAFLEET_OIDC_NAME", "single sign-on")
OIDC_CLIENT_ID = env.text("METAFLEET_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = (
    env.secret("METAFLEET_OIDC_CLIENT_SECRET", KEYS_DIR / "oidc_client_secret") if OIDC_ISSUER else ""
)
OIDC_DOMAINS = env.text("METAFLEET_OIDC_DOMAINS", "").lower().split()
OPERATORS_NEED_MFA = env.flag("METAFLEET_OPERATORS_NEED_MFA", default=not DEMO)

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
if SECURE_COOKIES:
    # A browser takes these names only over HTTPS, from this very host, for all of it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = env.whole(
    "METAFLEET_HSTS_SECONDS", 365 * 24 * 3600 if SECURE_COOKIES else 0, low=0, high=2 * 365 * 24 * 3600
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("METAFLEET_HSTS_SUBDOMAINS", default=False)
CSRF_FAILURE_VIEW = "metafleet.hub.console.problems.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = None  # fleet.forget_results drops them
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "fleet.sweep": {
        "task": "fleet.sweep",
        "schedule": 2.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "fleet.hosts": {
        "task": "fleet.hosts",
        "schedule": 15.0,
        "options": {"expires": 15, "ignore_result": True},
    },
    "fleet.scale": {
        "task": "fleet.scale",
        "schedule": 5.0,
        "options": {"expires": 5, "ignore_result": True},
    },
    "fleet.sweep_trials": {
        "task": "fleet.sweep_trials",
        "schedule": 3.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "fleet.count_deployments": {
        "task": "fleet.count_deployments",
        "schedule": 10.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "fleet.end_pauses": {
        "task": "fleet.end_pauses",
        "schedule": 2.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "market.record": {
        "task": "market.record",
        "schedule": 20.0,
        "options": {"expires": 20, "ignore_result": True},
    },
    "advisor.look_at_markets": {
        "task": "advisor.look_at_markets",
        "schedule": 20.0,
        "options": {"expires": 20, "ignore_result": True},
    },
    "advisor.read_market_feeds": {
        "task": "advisor.read_market_feeds",
        "schedule": 60.0,
        "options": {"expires": 60, "ignore_result": True},
    },
    "advisor.forget_markets": {
        "task": "advisor.forget_markets",
        "schedule": 86_400.0,
        "options": {"expires": 3_600, "ignore_result": True},
    },
    "journal.watch_kill_switches": {
        "task": "journal.watch_kill_switches",
        "schedule": 1.0,
        "options": {"expires": 5, "ignore_result": True},
    },
    "journal.watch_rollouts": {
        "task": "journal.watch_rollouts",
        "schedule": 5.0,
        "options": {"expires": 5, "ignore_result": True},
    },
    "journal.record": {
        "task": "journal.record",
        "schedule": 30.0,
        "options": {"expires": 30, "ignore_result": True},
    },
    "fleet.catch_up_purchases": {
        "task": "fleet.catch_up_purchases",
        "schedule": 20.0,
        "options": {"expires": 20, "ignore_result": True},
    },
    "fleet.forget_results": {
        "task": "fleet.forget_results",
        "schedule": 3600.0,
        "options": {"expires": 600, "ignore_result": True},
    },
    "fleet.keep_audit": {
        "task": "fleet.keep_audit",
        "schedule": 3600.0,
        "options": {"expires": 600, "ignore_result": True},
    },
    "fleet.catch_up_plans": {
        "task": "fleet.catch_up_plans",
        "schedule": 3600.0,
        "options": {"expires": 600, "ignore_result": True},
    },
    "monitor.keep_objectives": {
        "task": "monitor.keep_objectives",
        "schedule": 3600.0,
        "options": {"expires": 600, "ignore_result": True},
    },
    "monitor.sweep_deliveries": {
        "task": "monitor.sweep_deliveries",
        "schedule": 2.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "monitor.sweep_incidents": {
        "task": "monitor.sweep_incidents",
        "schedule": 5.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "monitor.sweep_reports": {
        "task": "monitor.sweep_reports",
        "schedule": 60.0,
        "options": {"expires": 60, "ignore_result": True},
    },
    "signals.judge_outcomes": {
        "task": "signals.judge_outcomes",
        "schedule": 15.0,
        "options": {"expires": 15, "ignore_result": True},
    },
    "signals.measure_health": {
        "task": "signals.measure_health",
        "schedule": 300.0,
        "options": {"expires": 300, "ignore_result": True},
    },
    "signals.keep_files_outside": {
        "task": "signals.keep_files_outside",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "signals.sweep_retrainings": {
        "task": "signals.sweep_retrainings",
        "schedule": 15.0,
        "options": {"expires": 15, "ignore_result": True},
    },
    "tester.sweep": {
        "task": "tester.sweep",
        "schedule": 2.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "advisor.gather": {
        "task": "advisor.gather",
        "schedule": 60.0,
        "options": {"expires": 60, "ignore_result": True},
    },
    "advisor.sweep": {
        "task": "advisor.sweep",
        "schedule": 15.0,
        "options": {"expires": 15, "ignore_result": True},
    },
    "advisor.sweep_scores": {
        "task": "advisor.sweep_scores",
        "schedule": 600.0,
        "options": {"expires": 600, "ignore_result": True},
    },
    "advisor.sweep_explanations": {
        "task": "advisor.sweep_explanations",
        "schedule": 10.0,
        "options": {"expires": 10, "ignore_result": True},
    },
    "tester.read_market_data": {
        "task": "tester.read_market_data",
        "schedule": 30.0,
        "options": {"expires": 30, "ignore_result": True},
    },
    "journal.sweep": {
        "task": "journal.sweep",
        "schedule": 2.0,
        "options": {"expires": 10, "ignore_result": True},
    },
}
AWS_MONITOR = aws_monitor.read()
CELERY_BEAT_SCHEDULE |= aws_monitor.schedule(AWS_MONITOR)

BILLING: Literal["manual", "stripe"] = env.one_of("METAFLEET_BILLING", "manual", "stripe")
_SOLD = BILLING == "stripe"
STRIPE_API = env.text("METAFLEET_STRIPE_API", "https://api.stripe.com")
STRIPE_API_KEY = env.secret("METAFLEET_STRIPE_API_KEY", KEYS_DIR / "stripe_api_key") if _SOLD else ""
STRIPE_WEBHOOK_SECRET = (
    env.secret("METAFLEET_STRIPE_WEBHOOK_SECRET", KEYS_DIR / "stripe_webhook_secret") if _SOLD else ""
)
STRIPE_PRICES = {
    "bronze": env.text("METAFLEET_STRIPE_PRICE_BRONZE", ""),
    "gold": env.text("METAFLEET_STRIPE_PRICE_GOLD", ""),
    "platinum": env.text("METAFLEET_STRIPE_PRICE_PLATINUM", ""),
}

HOST_USD_PER_HOUR = env.amount("METAFLEET_HOST_USD_PER_HOUR", "0")
FLEET_DRIVER = env.text("METAFLEET_FLEET_DRIVER", "process")
ECS = {
    "cluster": env.text("METAFLEET_ECS_CLUSTER", "metafleet"),
    "region": env.text("METAFLEET_ECS_REGION", "us-east-1"),
    "image": env.text("METAFLEET_ECS_IMAGE", ""),
    "capacity_provider": env.text("METAFLEET_ECS_CAPACITY_PROVIDER", ""),
    "execution_role": env.text("METAFLEET_ECS_EXECUTION_ROLE", ""),
    "log_group": env.text("METAFLEET_ECS_LOG_GROUP", "/metafleet/runners"),
    "task_role": env.text("METAFLEET_ECS_TASK_ROLE", ""),
    "windows_image": env.text("METAFLEET_ECS_WINDOWS_IMAGE", ""),
    "windows_capacity_provider": env.text("METAFLEET_ECS_WINDOWS_CAPACITY_PROVIDER", ""),
    "windows_family": env.text("METAFLEET_ECS_WINDOWS_FAMILY", "WINDOWS_SERVER_2022_CORE"),
}
DOCKER_ENGINE = env.text("METAFLEET_DOCKER_ENGINE", "")
DOCKER_IMAGE = env.text("METAFLEET_DOCKER_IMAGE", "metafleet/runner:latest")
DOCKER_NETWORK = env.text("METAFLEET_DOCKER_NETWORK", "metafleet-runners")
DOCKER_SUBNET = env.text("METAFLEET_DOCKER_SUBNET", "172.31.240.0/20")
DOCKER_SWARM = env.flag("METAFLEET_DOCKER_SWARM", default=False)
DOCKER_CONSTRAINTS = tuple(env.text("METAFLEET_DOCKER_CONSTRAINTS", "").split())
DOCKER_SPREAD = env.text("METAFLEET_DOCKER_SPREAD", "node.id")
GATEWAY_LIMITS = env.text("METAFLEET_GATEWAY_LIMITS", "")
METRICS_TOKEN = env.secret_or("METAFLEET_METRICS_TOKEN", "")
HEARTBEAT_INTERVAL_S = env.whole("METAFLEET_HEARTBEAT_SECONDS", 5, low=1, high=60)
LEASE_S = env.whole(
    "METAFLEET_LEASE_SECONDS",
    max(20, 4 * HEARTBEAT_INTERVAL_S),
    low=max(10, 3 * HEARTBEAT_INTERVAL_S),
    high=600,
)
AUDIT_DAYS = env.whole("METAFLEET_AUDIT_DAYS", 730, low=90, high=36_500)
TERMINAL_TOKEN_DAYS = env.whole("METAFLEET_TERMINAL_TOKEN_DAYS", 30, low=1, high=365)

LOG_FORMAT: Literal["line", "json"] = env.one_of(loglines.SETTING, "line", "json")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "metafleet.wire.loglines.Line",
            "fmt": loglines.FORMAT,
            "style": "{",
        },
        "json": {"()": "metafleet.wire.loglines.JsonLine"},
    },
    "filters": {"named": {"()": "metafleet.hub.kernel.origin.Named"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["named"],
        }
    },
    "root": {"handlers": ["console"], "level": env.text("METAFLEET_LOG_LEVEL", "INFO")},
    "loggers": {
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # Its own lines say no time.
        "uvicorn": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "uvicorn.access": {"handlers": [], "propagate": False},
        "stripe": {"level": "WARNING"},
        # It says where it found its credentials each time that it is asked for a client.
        "botocore": {"level": "WARNING"},
    },
}
