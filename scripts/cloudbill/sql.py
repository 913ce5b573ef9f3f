"""Names, texts and paths in SQL."""

from collections.abc import Iterable
from pathlib import Path


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literals(paths: list[Path]) -> str:
    """Paths in SQL; DuckDB would take some characters in them for patterns."""
    return "[" + ", ".join(literal(_escaped(str(path))) for path in paths) + "]"


def parquet(files: Path | list[Path], *options: str) -> str:
    """The rows of Parquet files in SQL, without columns that folders (`run=1`) would add."""
    listed = literals([files] if isinstance(files, Path) else files)
    return f"read_parquet({', '.join([listed, 'hive_partitioning = false', *options])})"


def _escaped(path: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in path)


def coalesce(sql: Iterable[str]) -> str:
    """The first that is there."""
    listed = list(sql)
    return listed[0] if len(listed) == 1 else f"coalesce({', '.join(listed)})"
