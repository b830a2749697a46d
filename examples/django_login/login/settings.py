"""Settings; the environment says what differs between a test, a laptop and a server."""

import os
from pathlib import Path

SECRET_KEY = os.environ.get("SECRET_KEY", "only for tests and laptops")
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
INSTALLED_APPS = ["login"]
ROOT_URLCONF = "login.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_FOLDER = Path(os.environ.get("LOGIN_FOLDER", "."))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _FOLDER / "login.sqlite3",
        # A file, because webhooks are answered in another thread than the test's.
        "TEST": {"NAME": _FOLDER / "test-login.sqlite3"},
    }
}

POWERPACK_UUID = os.environ.get("POWERPACK_UUID", "")
PUBLIC_URL = os.environ.get("PUBLIC_URL", "http://127.0.0.1:8000")
CODE_MINUTES = 10
