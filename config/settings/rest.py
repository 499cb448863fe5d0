"""The REST API. Imported by base."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {  # Any: the framework's own options
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.OwnTokenAuthentication", "rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.authentication.MayUseApi"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "api.pages.NumberedPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttles.ApiThrottle"],
    "EXCEPTION_HANDLER": "api.errors.problem_for",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "つなぎ帖 API",
    "DESCRIPTION": "センターのホストごとの API。見えるものは、トークンの持ち主が画面で見られるものと同じです。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["api.authentication.MayUseApi"],
    "ENUM_NAME_OVERRIDES": {},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.problems.describe_problems",
    ],
}
