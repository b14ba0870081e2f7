# Run by nobody in particular, on a read-only root file system; docs/operations.md tells how.
#
# To pin the base image to its bytes as well, look its digest up once and give it to every build:
#   docker buildx imagetools inspect python:3.12-slim-bookworm --format '{{.Manifest.Digest}}'
#   docker build --build-arg PYTHON_IMAGE=python:3.12-slim-bookworm@sha256:... -t asean-bot .
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /app && /app/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock \
    && python -m venv /build && /build/bin/pip install --no-cache-dir --require-hashes --requirement requirements-build.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY bot bot
COPY knowledge knowledge
COPY locales locales
RUN /build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
    && /app/bin/pip install --no-cache-dir --no-deps --no-index /dist/*.whl \
    && /app/bin/pip uninstall --yes pip

FROM ${PYTHON_IMAGE}
RUN mkdir /data && chown 10001:10001 /data
COPY --from=build /app /app
USER 10001:10001
ENV BOT_DATA_DIR=/data BOT_WEB_HOST=0.0.0.0 PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/app/bin/python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"BOT_WEB_PORT\", 8080)}/healthz', timeout=4)"]
ENTRYPOINT ["/app/bin/asean-bot"]
CMD ["run"]
