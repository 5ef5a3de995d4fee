"""Every setting of the console: from the environment and .env, read once, here. docs/operations.md lists them."""

from zoneinfo import available_timezones

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from console.configuration import logs
from console.configuration.broker import PUBLISH_RETRY, TRANSPORT, broker_url
from console.configuration.environment import ROOT, Environment, WrongSetting, data_folder
from console.configuration.periodic import expiring
from console.configuration.storage import in_bucket, in_folder

env = Environment.read()

# Where and how
BASE_DIR = ROOT
DATA = data_folder(env.values)
DEBUG = env.flag("KOPPEL_DEBUG")
SECRET_KEY = env.text("KOPPEL_SECRET_KEY", "only-for-developing" if DEBUG else "")
if not SECRET_KEY:
    raise WrongSetting(
        "KOPPEL_SECRET_KEY is missing: set it to a long random text, or KOPPEL_DEBUG=yes while developing. "
        "`make run` takes care of it by itself."
    )
if not DEBUG and len(SECRET_KEY) < 32:
    raise WrongSetting("KOPPEL_SECRET_KEY is too short: use at least 32 random characters.")
SECRET_KEY_FALLBACKS = env.names("KOPPEL_OLD_SECRET_KEYS")
ALLOWED_HOSTS = env.names("KOPPEL_ALLOWED_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if DEBUG else [])
if not ALLOWED_HOSTS:
    raise WrongSetting("KOPPEL_ALLOWED_HOSTS is missing: set it to the console's host names, separated by commas.")
KOPPEL_URL = env.address("KOPPEL_URL", "http://127.0.0.1:8000", {"http", "https"})  # where devices connect
KOPPEL_SIGNING_KEY = env.folder("KOPPEL_SIGNING_KEY", str(DATA / "signing.key"))  # web and worker read it
HTTP = env.flag("KOPPEL_HTTP", DEBUG)  # plain http is fine: cookies without Secure, no redirect to https

# Applications and middleware
INSTALLED_APPS = [
    "pages",  # before Django's own: its createsuperuser seals what it makes
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # its widgets, so that templates/django/forms can say how a field looks
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "audit",
    "console",
    "applications",
    "devices",
    "ui",
]
MIDDLEWARE = [
    "console.health.HealthMiddleware",
    "devices.client_api.refusals.CodedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "pages.sign_in.sessions.middleware.SessionMiddleware",
    "ui.middleware.viewer.PrivateMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "ui.middleware.per_request.PerRequestMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ui.middleware.viewer.ViewerMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pages.sign_in.middleware.AccessMiddleware",
]
ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DJANGO_TABLES2_TEMPLATE = "ui/_table.html"

# Data
POOL = env.number("KOPPEL_DATABASE_POOL", 10, least=0, most=1000)  # connections of one process; PostgreSQL only
DATABASES = {"default": env.database(sqlite=DATA / "koppel.sqlite3", pool=POOL)}
SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
REDIS_URL = env.address("REDIS_URL", "redis://127.0.0.1:6379/0", {"redis", "rediss", "unix"})
MEDIA_ROOT = env.folder("KOPPEL_CONTENT", str(DATA / "content"))  # files that clients fetch; never served as pages

# Sign-in and protection
LOGIN_URL = "signin"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "signin"
KOPPEL_OIDC_ISSUER = env.text("KOPPEL_OIDC_ISSUER") and env.address("KOPPEL_OIDC_ISSUER", "", {"http", "https"})
KOPPEL_OIDC_CLIENT_ID = env.text("KOPPEL_OIDC_CLIENT_ID")
KOPPEL_OIDC_CLIENT_SECRET = env.text("KOPPEL_OIDC_CLIENT_SECRET")
KOPPEL_OIDC_NAME = env.text("KOPPEL_OIDC_NAME", "single sign-on")
KOPPEL_OIDC_SCOPE = env.text("KOPPEL_OIDC_SCOPE", "openid profile email")
KOPPEL_OIDC_GROUPS_CLAIM = env.text("KOPPEL_OIDC_GROUPS_CLAIM", "groups")
KOPPEL_OIDC_NAME_CLAIM = env.text("KOPPEL_OIDC_NAME_CLAIM", "preferred_username")
if KOPPEL_OIDC_ISSUER and not (KOPPEL_OIDC_CLIENT_ID and KOPPEL_OIDC_CLIENT_SECRET):
    raise WrongSetting("KOPPEL_OIDC_ISSUER needs KOPPEL_OIDC_CLIENT_ID and KOPPEL_OIDC_CLIENT_SECRET too.")
if KOPPEL_OIDC_ISSUER.startswith("http:") and not HTTP:
    raise WrongSetting("KOPPEL_OIDC_ISSUER must begin with https://, unless KOPPEL_HTTP=yes.")
AUTHENTICATION_BACKENDS = ["pages.sign_in.backend.Backend"]
KOPPEL_ADMINISTRATORS_NEED_SECOND_FACTOR = env.flag("KOPPEL_ADMINISTRATORS_NEED_SECOND_FACTOR")  # who has all rights
PASSWORD_HASHERS = ["pages.sign_in.proofs.hashing.Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_ENGINE = "pages.sign_in.sessions.store"
KOPPEL_SESSION_IDLE_MINUTES = env.number("KOPPEL_SESSION_IDLE_MINUTES", 30, most=24 * 60)
SESSION_COOKIE_AGE = env.number("KOPPEL_SESSION_HOURS", 12, most=24 * 365) * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not HTTP
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = sorted({KOPPEL_URL, *env.names("KOPPEL_TRUSTED_ORIGINS")})
SECURE_SSL_REDIRECT = not HTTP
SECURE_HSTS_SECONDS = 0 if HTTP else 365 * 24 * 3600
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# Languages and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch"))]
LOCALE_PATHS = [ROOT / "locale"]
USE_THOUSAND_SEPARATOR = True
USE_TZ = True
TIME_ZONE = env.text("KOPPEL_TIME_ZONE", "UTC")
if TIME_ZONE not in available_timezones():
    raise WrongSetting(f"KOPPEL_TIME_ZONE is “{TIME_ZONE}”, which is no time zone; say for example Europe/Amsterdam.")

# Static files
STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = env.folder("KOPPEL_STATIC", str(DATA / "static"))
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "content": in_bucket(env) or in_folder(MEDIA_ROOT),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}

# Requests
KOPPEL_REQUEST_LIFETIME_DAYS = env.number("KOPPEL_REQUEST_LIFETIME_DAYS", 30, most=3650)
KOPPEL_ACK_SECONDS = env.number("KOPPEL_ACK_SECONDS", 30, most=3600)  # sent and not acknowledged: queued again
KOPPEL_SWEEP_SECONDS = env.number("KOPPEL_SWEEP_SECONDS", 20, most=3600)

# Files that clients fetch
KOPPEL_DOWNLOADS_AT_ONCE = env.number("KOPPEL_DOWNLOADS_AT_ONCE", 50, most=10_000)  # of one web process
KOPPEL_DOWNLOAD_MB_PER_SECOND = env.number("KOPPEL_DOWNLOAD_MB_PER_SECOND", 25, least=0, most=100_000)  # of one device
KOPPEL_CONTENT_BY_PROXY = env.flag("KOPPEL_CONTENT_BY_PROXY")  # nginx sends them (X-Accel-Redirect)
if KOPPEL_CONTENT_BY_PROXY and env.text("KOPPEL_S3_BUCKET"):
    raise WrongSetting("KOPPEL_CONTENT_BY_PROXY is for a folder: leave it out, or KOPPEL_S3_BUCKET.")

# Evidence: the head of the audit log, signed, once a day, where the database cannot reach
KOPPEL_AUDIT_ANCHORS = DATA / "anchors.jsonl"

# Celery: Redis only carries “look again”, so everything here may be lost
CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = TRANSPORT
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the worker waits for Redis as long as it takes
CELERY_TASK_PUBLISH_RETRY_POLICY = PUBLISH_RETRY
CELERY_TASK_SERIALIZER = CELERY_EVENT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "koppel"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "console.configuration.periodic:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA / "beat")
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": float(seconds), "options": expiring(seconds)}
    for task, seconds in (
        ("applications.requests.tasks.sweep", KOPPEL_SWEEP_SECONDS),
        ("applications.content.tasks.tidy_content", 3600),
        ("devices.presence.tasks.presence", 10),
        ("devices.primary_users.tasks.primary_users_from_use", 900),
        ("devices.collections.tasks.refresh_collections", 60),
        ("pages.sign_in.tasks.forget", 900),
        ("audit.tasks.seal_entries", 5),
        ("audit.tasks.check_and_anchor", 60),
    )
}

# Logging
LOG_LEVEL = env.text("KOPPEL_LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    raise WrongSetting(f"KOPPEL_LOG_LEVEL is “{LOG_LEVEL}”; say debug, info, warning or error.")
LOGGING = logs.configuration(LOG_LEVEL, as_json=env.flag("KOPPEL_LOG_JSON"))
