"""Settings of an installation. What may differ is read from the environment by `console.env`; see README.md."""

from pathlib import Path

from console import database, env, home

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

# ── where this installation lives ────────────────────────────────────────────────────────────────────────────────
MERIDIAN_HOME = env.folder("MERIDIAN_HOME", default=BASE_DIR / ".meridian")
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
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
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
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "console.middleware.Moment",
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
EMBEDDED_ENGINE = not env.secret("REDIS_URL")
ENGINE_SOCKET = MERIDIAN_HOME / "run" / "engine.sock"
REDIS_URL = env.secret("REDIS_URL") or f"unix://{ENGINE_SOCKET}"
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)

# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "console.Operator"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "overview"

# ── the browser ──────────────────────────────────────────────────────────────────────────────────────────────────
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or [
    "127.0.0.1",
    "localhost",
    "[::1]",
    CONSOLE_URL.split("://")[-1].split("/")[0].rsplit(":", 1)[0],
]
CSRF_TRUSTED_ORIGINS = [CONSOLE_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("TRUST_PROXY", default=BEHIND_TLS) else None

# ── language, time, files ────────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = MERIDIAN_HOME / "static"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
