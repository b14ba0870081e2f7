"""The files to deploy with: accepted by the linters of their kinds, hardened, and true of this program."""

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from bot import __version__
from bot.adapters.web.server import build_app
from bot.settings import SETTINGS
from tests.conftest import ROOT

TOOLS = Path(sys.executable).parent
UNIT = ROOT / "deploy" / "asean-bot.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
RESOURCES = {
    one["kind"]: one for one in yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text(encoding="utf-8"))
}
POD = RESOURCES["Deployment"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
BOT_USER = 10001
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
DEPLOYED = ("Dockerfile", "compose.yaml", "deploy/asean-bot.service", "deploy/kubernetes.yaml")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_dockerfile_passes_its_linter() -> None:
    done = run(TOOLS / "hadolint", "--failure-threshold", "style", "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_compose_file_follows_the_specification() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    PyCompose.from_yaml(text).validate()
    with pytest.raises(Exception, match="readonly"):  # what the check is worth
        PyCompose.from_yaml(text.replace("read_only:", "readonly:")).validate()


def test_kubernetes_accepts_the_manifest(tmp_path: Path) -> None:
    manifest = ROOT / "deploy" / "kubernetes.yaml"
    done = run(TOOLS / "kubernetes-validate", "--strict", "--quiet", manifest)
    assert done.returncode == 0, done.stdout + done.stderr

    wrong = tmp_path / "wrong.yaml"  # what the check is worth
    wrong.write_text(manifest.read_text(encoding="utf-8").replace("readOnlyRoot", "readonlyRoot"), encoding="utf-8")
    assert run(TOOLS / "kubernetes-validate", "--strict", "--quiet", wrong).returncode != 0


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists on this machine."""
    text = UNIT.read_text(encoding="utf-8")
    path = tmp_path / UNIT.name
    path.write_text(text.replace("/opt/asean-bot/venv/bin/asean-bot", "/bin/true"), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    return path


def test_systemd_accepts_the_unit(unit: Path) -> None:
    done = run("systemd-analyze", "verify", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_hardened(unit: Path) -> None:
    """systemd's own measure, from 0 to 10; 2.0 is its border to "OK"."""
    done = run("systemd-analyze", "security", "--offline=yes", "--threshold=20", unit)
    assert done.returncode == 0, done.stdout
    (told,) = re.findall(r"rates it ([\d.]+)", OPERATIONS)
    assert f"exposure level for {UNIT.name}: {told} OK" in done.stdout


def settings_of_deployments() -> Iterator[str]:
    yield from re.findall(r"\b((?:BOT|DISCORD)_[A-Z_]+)=", DOCKERFILE + UNIT.read_text(encoding="utf-8"))
    yield from (name for name in COMPOSE["services"]["bot"]["environment"])
    yield from RESOURCES["ConfigMap"]["data"]


def test_every_setting_of_a_deployment_exists() -> None:
    known = {setting.name for setting in SETTINGS.values()}
    found = set(settings_of_deployments())
    assert {"BOT_DATA_DIR", "BOT_WEB_HOST", "BOT_MODERATOR_CHANNEL"} <= found
    assert found <= known


def test_every_probe_asks_an_address_that_is_served() -> None:
    served = {route.resource.canonical for route in _routes()}
    probes = [CONTAINER[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")]
    assert {probe["path"] for probe in probes} == {"/healthz", "/readyz"} <= served


class _Health(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Ill(_Health):
    status = 503


@pytest.mark.parametrize(("handler", "exit_code"), [(_Health, 0), (_Ill, 1)])
def test_the_image_s_health_check_asks_the_port_that_is_set(handler: type[_Health], exit_code: int) -> None:
    """The very words of the Dockerfile, run by this Python."""
    command = json.loads(re.search(r"(?m)^HEALTHCHECK .* CMD (\[.*\])$", DOCKERFILE)[1])  # type: ignore[index]
    assert command[:2] == ["/app/bin/python", "-c"]
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        environment = {**os.environ, "BOT_WEB_PORT": str(server.server_port)}
        done = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, check=False)
    assert done.returncode == exit_code, done.stderr


def _routes() -> Any:
    async def readiness() -> dict[str, bool]:
        return {}

    from bot.adapters.web.server import WebOptions

    return build_app(None, readiness, WebOptions()).router.routes()  # type: ignore[arg-type]  # nothing is asked


def test_everything_serves_on_the_port_that_is_the_default() -> None:
    port = int(SETTINGS["web_port"].default)
    assert f"EXPOSE {port}" in DOCKERFILE
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": port}]
    assert COMPOSE["services"]["bot"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_nobody_is_root_and_nothing_is_written_but_the_data() -> None:
    security = CONTAINER["securityContext"]
    assert f"USER {BOT_USER}:{BOT_USER}" in DOCKERFILE
    assert (POD["securityContext"]["runAsUser"], POD["securityContext"]["runAsNonRoot"]) == (BOT_USER, True)
    assert (security["readOnlyRootFilesystem"], security["allowPrivilegeEscalation"]) == (True, False)
    assert security["capabilities"] == {"drop": ["ALL"]}
    bot = COMPOSE["services"]["bot"]
    assert (bot["read_only"], bot["cap_drop"]) == (True, ["ALL"])
    assert {mount["mountPath"] for mount in CONTAINER["volumeMounts"]} == {"/data", "/tmp"}
    assert bot["volumes"] == ["bot:/data"]


def test_what_the_operations_page_names_exists() -> None:
    named = set(re.findall(r"`([\w./-]+\.(?:lock|yaml|service)|Dockerfile)`", OPERATIONS))
    assert set(DEPLOYED) <= named
    assert [name for name in named if not (ROOT / name).exists()] == []
    settings = set(re.findall(r"\b((?:BOT|DISCORD|DATABASE)_[A-Z_]+)\b", OPERATIONS))
    assert settings <= {setting.name for setting in SETTINGS.values()}
    assert set(re.findall(r"python -m bot (\w+)", OPERATIONS)) == {"doctor", "backup", "restore", "compile"}


def test_every_image_has_a_version() -> None:
    images = [line.split("=", 1)[1] for line in DOCKERFILE.splitlines() if line.startswith("ARG PYTHON_IMAGE=")]
    images += [COMPOSE["services"]["db"]["image"], CONTAINER["image"]]
    assert len(images) == 3
    assert [image for image in images if not re.search(r":\d+[.\d]*", image)] == []
    assert CONTAINER["image"] == f"asean-bot:{__version__}"


def test_stopping_is_given_more_time_than_the_bot_takes() -> None:
    """It promises 5 s."""
    grace = int(COMPOSE["services"]["bot"]["stop_grace_period"].removesuffix("s"))
    assert min(grace, POD["terminationGracePeriodSeconds"]) >= 10


def test_there_is_one_pod_with_one_token() -> None:
    """Two that are not coordinated would answer everything twice."""
    deployment = RESOURCES["Deployment"]["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})


def test_the_image_has_everything_that_is_copied_into_it() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = [
        line.split()[1:-1] for line in DOCKERFILE.splitlines() if line.startswith("COPY") and "--from" not in line
    ]
    names = {name for group in copied for name in group}
    assert names == allowed
    assert all((ROOT / name).exists() for name in names)


def test_no_secret_is_written_down() -> None:
    for name in DEPLOYED:
        text = (ROOT / name).read_text(encoding="utf-8")
        values = re.findall(r"(?:DISCORD_TOKEN|POSTGRES_PASSWORD|DATABASE_URL)[=:]\s*(\S+)", text)
        assert [value for value in values if not value.startswith(("...", "${", "postgresql://bot:${"))] == [], name


def test_the_compose_file_is_read_as_it_looks() -> None:
    """YAML has read a port as a number in base 60 before."""
    assert json.loads(json.dumps(COMPOSE)) == COMPOSE
