"""What gunicorn serves. The settings module comes from the environment: there is no default to fall back on by mistake."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "platform"))

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
