"""The image, the compose file and the CronJob name things that exist, and run without rights."""

import re
from typing import Any

import pytest
import yaml
from typer.main import get_command

from cloudbill import __version__
from cloudbill.cli import app
from cloudbill.schema import PROJECT

DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((PROJECT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
KUBERNETES = {
    found["kind"]: found
    for found in yaml.safe_load_all((PROJECT / "deploy/kubernetes.yaml").read_text("utf-8"))
}
JOB = KUBERNETES["CronJob"]["spec"]
POD = JOB["jobTemplate"]["spec"]["template"]["spec"]


def test_the_image_is_pinned_and_not_root() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases and all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert len(set(bases)) == 1
    assert "--require-hashes --requirement requirements-image.lock" in DOCKERFILE
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)


def test_what_the_image_copies_is_there_and_let_in() -> None:
    ignore = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:].split("/")[0] for line in ignore if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(copied).split():
        assert (PROJECT / name).exists(), name
        assert name in let_in, name


def command(arguments: list[str]) -> None:
    """A command of ours, with options that it has."""
    name, *rest = arguments
    found: Any = get_command(app).commands[name]  # type: ignore[attr-defined]
    options = {option for parameter in found.params for option in
               (*parameter.opts, *parameter.secondary_opts)}  # fmt: skip
    assert {part for part in rest if part.startswith("--")} <= options


def test_compose_refreshes_and_explores() -> None:
    refresh, explore = COMPOSE["services"]["refresh"], COMPOSE["services"]["explore"]
    (script,) = refresh["command"]
    (line,) = re.findall(r"cloudbill (.+)", script)
    command(line.split())
    command(explore["command"])
    assert explore["ports"] == ["127.0.0.1:8501:8501"]
    assert "workspace:/workspace:ro" in explore["volumes"]
    for service in (refresh, explore):
        assert service["read_only"] and service["cap_drop"] == ["ALL"]


def test_the_cronjob_runs_once_at_a_time_and_as_nobody() -> None:
    (container,) = POD["containers"]
    command(container["args"])
    assert container["image"] == f"cloudbill:{__version__}"
    assert (JOB["concurrencyPolicy"], POD["restartPolicy"]) == ("Forbid", "Never")
    assert POD["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    names = {volume["name"] for volume in POD["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == names
    claim = KUBERNETES["PersistentVolumeClaim"]["metadata"]["name"]
    assert claim in str(POD["volumes"])


@pytest.mark.parametrize("name", ["Dockerfile", "deploy/compose.yaml", "deploy/kubernetes.yaml"])
def test_no_secret_is_written_down(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert not re.search(r"(?i)(secret|password|key)\S*\s*[:=]\s*['\"]?[a-z0-9+/]{8,}", text)
