"""Smaller locks out of the large one: what the main job needs, and what an image runs.

`requirements.lock` pins all that anyone needs. Every other lock has the same pins of the packages
that some extras of pyproject.toml need, so that one set of versions is tested and run. Run it after
the large lock or the dependencies change.
"""

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LARGE = ROOT / "requirements.lock"
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements-main.lock": (),
    "requirements-image.lock": ("aws", "azure", "explorer", "gcp", "kubernetes"),
}
"""Extras by lock."""
BUILD = ("setuptools",)
"""What installs Cloudbill itself."""
REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9._-]+)\s*(?:\[([^]]*)\])?")
EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")


def plain(name: str) -> str:
    """A package's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> list[tuple[str, str]]:
    """Names and pins of a lock; a package may have one for each version of Python."""
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))
    return [(plain(re.split(r"\[|==", entry)[0]), entry) for entry in entries if "==" in entry]


def needed(wanted: Iterable[str]) -> set[str]:
    """Packages that some requirements need, on any platform."""
    found: set[tuple[str, str]] = set()
    open_ = list(wanted)
    while open_:
        match = REQUIREMENT.match(open_.pop())
        assert match
        name = plain(match.group(1))
        extras = [part.strip() for part in (match.group(2) or "").split(",")]
        for extra in {"", *extras}:
            if (name, extra) in found:
                continue
            found.add((name, extra))
            try:
                own = requires(name) or []
            except PackageNotFoundError:
                # Of another platform or version of Python.
                continue
            open_ += [line for line in own if (EXTRA.findall(line) or [""]) == [extra]]
    return {name for name, _ in found}


def text_of(extras: Iterable[str]) -> str:
    """A lock of the base and some extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *BUILD]
    wanted += [line for extra in extras for line in project["optional-dependencies"][extra]]
    names = needed(wanted)
    return "".join(entry for name, entry in pins(LARGE) if name in names)


def main() -> None:
    """Write the smaller locks."""
    for name, extras in LOCKS.items():
        (ROOT / name).write_text(text_of(extras), encoding="utf-8")


if __name__ == "__main__":
    main()
