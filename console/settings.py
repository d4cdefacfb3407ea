"""Settings of an installation. What may differ is read from the environment by `console.env`; see README.md."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from console import database, env, home, logs, sign_on

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

# ── where this installation lives ────────────────────────────────────────────────────────────────────────────────
MERIDIAN_HOME = home.configured()
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY") or home.secret(MERIDIAN_HOME, "django")
BIND = env.text("BIND", "127.0.0.1")
CONSOLE_PORT = env.number("CONSOLE_PORT", default=8000, low=1, high=65535)
OCPP_PORTS = {
    profile: env.number(f"OCPP_PORT_{profile}", default=9000 + profile, low=1, high=65535) for profile in (1, 2, 3)
}
# The address that people type. With https the console stands behind TLS: cookies, HSTS and links follow.
CONSOLE_URL = env.text("CONSOLE_URL", f"http://127.0.0.1:{CONSOLE_PORT}").rstrip("/")
BEHIND_TLS = CONSOLE_URL.startswith("https://")
LOOPBACK = BIND in {"127.0.0.1", "::1", "localhost"}
ORGANISATION = env.text("ORGANISATION", "Meridian")

# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "console.apps.ServedFiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "channels",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "security",
    "stations",
    "timesync",
    "console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "console.middleware.Moment",
    "console.middleware.Observed",
    "console.middleware.SecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "console.appearance.Appearance",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "console.refusing.DomainErrors",
    "console.doorkeeping.Sessions",
    "console.doorkeeping.SetUp",
]
ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.frame",
            ],
        },
    }
]

# ── engine ───────────────────────────────────────────────────────────────────────────────────────────────────────
_database_url = env.secret("DATABASE_URL")
DATABASES = {
    "default": database.parse(_database_url) if _database_url else database.sqlite(MERIDIAN_HOME / "meridian.sqlite3")
}
ATOMIC_REQUESTS = False
# Without REDIS_URL, `up` starts a private engine that listens on a socket inside the data folder only.
_redis_url = env.secret("REDIS_URL")
EMBEDDED_ENGINE = not _redis_url
ENGINE_SOCKET = home.engine_socket(MERIDIAN_HOME)
REDIS_URL = database.redis(_redis_url) if _redis_url else f"unix://{quote(str(ENGINE_SOCKET))}"
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
# The row is the queue: a message may be lost or come twice, so results are of no use and a task is confirmed when done.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 60, 90
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,  # longer than any task may take
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "global_keyprefix": "meridian:",
}
# Sweeps find the rows that no bell was heard for. One that no worker took before the next is due is dropped.
CELERY_BEAT_SCHEDULE = (
    {
        name: {"task": f"console.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in {"sweep_processes": 60.0, "sweep_sessions": 300.0}.items()
    }
    | {
        name: {"task": f"security.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in {"seal_books": 5.0, "fetch_anchors": 5.0, "make_exports": 5.0, "run_checks": 15.0}.items()
    }
    | {
        name: {"task": f"stations.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in {"forget_messages": 3600.0, "forget_attempts": 3600.0, "forget_gateways": 60.0}.items()
    }
)
# How long entries of a log book wait for their seal at most; it is also how finely back-dating can be told.
SEAL_INTERVAL_S = env.number("SEAL_INTERVAL_S", default=60, low=1, high=86_400)
# The schema-less name under which this installation's log books are known to others; drawn once where it is not set.
LOGBOOK_ORIGIN = env.text("LOGBOOK_ORIGIN")
# How many witnesses a seal needs in the policy that auditors get; never more than there are.
LOGBOOK_QUORUM = env.number("LOGBOOK_QUORUM", default=1, low=0, high=32)

# ── stations ─────────────────────────────────────────────────────────────────────────────────────────────────────
# Profile 1 is not encrypted, so it stays on this machine unless somebody says otherwise in so many words.
OCPP_BINDS = {1: env.text("BIND_UNENCRYPTED", "127.0.0.1"), 2: BIND, 3: BIND}
# Records of messages are kept so long, and so many of one station; the log books keep theirs for ever.
MESSAGES_KEPT_DAYS = env.number("MESSAGES_KEPT_DAYS", default=90, low=1, high=3_650)
MESSAGES_KEPT_PER_STATION = env.number("MESSAGES_KEPT_PER_STATION", default=20_000, low=100, high=10_000_000)
HEARTBEAT_S = env.number("HEARTBEAT_S", default=300, low=10, high=86_400)
# Organisations whose certificates stations may show; empty: the believed authorities decide alone.
STATION_ORGANISATIONS = env.words("STATION_ORGANISATIONS")
KNOCKING_ALLOWED = env.flag("KNOCKING_ALLOWED", default=False)

# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "console.Operator"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "overview"
# Memory-hard first; the other stays readable for accounts made elsewhere.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["name", "full_name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# The demo on one machine may put the second factor off; nothing that others can reach may.
DEMO = env.flag("DEMO", default=False) and LOOPBACK
SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
SUDO_LIFE = timedelta(minutes=10)
# Factors are kept by allauth; signing in is ours (console/accounts), so that each step is entered with its act.
ACCOUNT_ADAPTER = "console.accounts.allauth_adapters.Accounts"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "name"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if BEHIND_TLS else "http"
# Not derived from SECRET_KEY: that one may be renewed at any time, and nobody would find their second factor again.
FACTOR_KEY = env.secret("FACTOR_KEY") or home.secret(MERIDIAN_HOME, "factors")
MFA_ADAPTER = "console.accounts.allauth_adapters.Factors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "console.accounts.allauth_adapters.SingleSignOn"
SOCIALACCOUNT_STORE_TOKENS = False
OIDC_ISSUER = env.address("OIDC_ISSUER")
OIDC_NAME = env.text("OIDC_NAME", "OpenID Connect")
SOCIALACCOUNT_PROVIDERS = sign_on.providers(issuer=OIDC_ISSUER, name=OIDC_NAME)

# ── the browser ──────────────────────────────────────────────────────────────────────────────────────────────────
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    "127.0.0.1",
    "localhost",
    "[::1]",
    CONSOLE_URL.split("://")[-1].split("/")[0].rsplit(":", 1)[0],
]
CSRF_FAILURE_VIEW = "console.views.errors.csrf_failed"
CSRF_TRUSTED_ORIGINS = [CONSOLE_URL]
SESSION_COOKIE_AGE = int(SESSION_LIFE.total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
# Asked by machines from next door, over plain HTTP.
SECURE_REDIRECT_EXEMPT = ["^livez$", "^readyz$", "^metrics$"]
TRUST_PROXY = env.flag("TRUST_PROXY", default=BEHIND_TLS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None

# ── language, time, files ────────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = MERIDIAN_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "console.statics.HashedFiles"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── operations ───────────────────────────────────────────────────────────────────────────────────────────────────
METRICS_TOKEN = env.secret("METRICS_TOKEN")
LOGGING = logs.configuration(
    level=env.one_of("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"}),
    form=env.one_of("LOG_FORMAT", "text", set(logs.FORMATS)),
)

# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "console.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["console.access.HasRight"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "console.api.faults.answer",
}
