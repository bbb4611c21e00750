from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from redis import Redis, RedisError


@login_not_required
@require_safe
def healthz(request):
    """Answer 200 when PostgreSQL and Redis answer, 503 with the name of what does not."""
    down = [name for name, ask in (("database", _ask_database), ("redis", _ask_redis)) if not ask()]
    return JsonResponse({"down": down}, status=503) if down else HttpResponse("ok", content_type="text/plain")


def _ask_database():
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _ask_redis():
    try:
        return Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()
    except RedisError:
        return False


def csrf_failure(request, reason=""):
    return render(request, "403_csrf.html", status=403)
