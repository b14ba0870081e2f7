# The same install as the README, in two stages, run by nobody in particular on a read-only root file system:
#   docker build -t asean-bot . && docker run --read-only -v asean-bot:/data -p 127.0.0.1:8080:8080 asean-bot
FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY bot bot
COPY knowledge knowledge
COPY locales locales
RUN python -m venv /app && /app/bin/pip install --no-cache-dir .

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --no-create-home bot && mkdir /data && chown bot /data
COPY --from=build /app /app
USER bot
ENV BOT_DATA_DIR=/data BOT_WEB_HOST=0.0.0.0 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s CMD ["/app/bin/python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["/app/bin/asean-bot", "run"]
