"""What the server runs: the pages of the home that WEALTHLOOP_HOME names."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthloop.settings")

application = get_asgi_application()
