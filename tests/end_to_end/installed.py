"""The wheel in an environment of its own, with no more packages than it needs."""

import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distributions
from pathlib import Path

from demos import Run

from cloudbill.schema import PROJECT

WITHOUT = shutil.ignore_patterns("*.egg-info", "__pycache__", "python", "end_to_end")


def run(*command: object, cwd: Path) -> Run:
    """Run a command as a person would who has never seen the clone."""
    own = ("CLOUDBILL", "PYTHON")
    environment = {name: v for name, v in os.environ.items() if not name.startswith(own)}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def install(root: Path) -> Path:
    """Make the wheel of a copy of the project, which goes, and an environment that has it."""
    clone, environment = root / "clone", root / "environment"
    clone.mkdir(parents=True)
    for name in ("analyses", "macros", "models", "samples", "scripts", "seeds", "tests"):
        shutil.copytree(PROJECT / name, clone / name, ignore=WITHOUT)
    for path in PROJECT.iterdir():
        if path.suffix in (".py", ".toml", ".yml", ".md", ".in"):
            shutil.copy(path, clone)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    venv.create(environment)
    build = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", root, clone)
    into = ("--python", environment / "bin" / "python", "install", "--no-deps", "--no-index")
    made = run(*pip, *build, cwd=root)
    assert made.returncode == 0, made.stderr
    installed = run(*pip, *into, *root.glob("*.whl"), cwd=root)
    assert installed.returncode == 0, installed.stderr
    shutil.rmtree(clone)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    for path in needed():
        if not (packages / path.name).exists():
            (packages / path.name).symlink_to(path)
    return environment


def needed() -> set[Path]:
    """What the packages of the main job have installed here: no others belong to the wheel."""
    lock = (PROJECT / "requirements-main.lock").read_text(encoding="utf-8")
    names = set(re.findall(r"^([a-z0-9-]+)(?===|\[)", lock, re.MULTILINE))
    installed = [each for each in distributions() if plain(each.metadata["name"]) in names]
    files = ((each, file) for each in installed for file in each.files or ())
    return {
        Path(str(each.locate_file(file.parts[0]))) for each, file in files if ".." not in str(file)
    }


def plain(name: str) -> str:
    """A package's name as a lock has it."""
    return re.sub(r"[-_.]+", "-", name).lower()
