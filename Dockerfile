# Browser packages
FROM node:20-slim AS assets
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY assets.mjs ./
COPY crm/templatetags/looks.py crm/templatetags/looks.py
COPY templates templates
RUN npm run --silent vendor

# Python packages
FROM python:3.13-slim AS packages
COPY requirements/run.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r run.txt

# The application
FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=crm.settings
RUN useradd --system --uid 10001 --no-create-home evergreen
WORKDIR /app
COPY --from=packages /venv /venv
COPY . .
COPY --from=assets /app/static/vendor static/vendor
COPY --from=assets /app/fonts fonts
# The addresses and the key below serve this one step; the running containers get theirs from outside.
RUN for it in locale/*/LC_MESSAGES/*.po; do \
        [ ! -f "$it" ] || python -m babel.messages.frontend --quiet compile --input-file "$it" --output-file "${it%.po}.mo" || exit 1; \
    done \
    && SECRET_KEY=build DATABASE_URL=postgres://build@build/build REDIS_URL=redis://build python -m django collectstatic --noinput \
    && chown evergreen: var
USER evergreen
EXPOSE 8000
CMD ["gunicorn", "crm.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
