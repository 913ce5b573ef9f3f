"""Where inputs lie: a local folder or file, or an object store; listed, then fetched."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore import exceptions
from obstore.store import ObjectStore

from cloudbill.delivered.stores import NO_BUCKET, NOT_FOUND, STORES, sentence, store_of
from cloudbill.errors import CloudbillError
from cloudbill.safe import redacted

CHUNK = 16 << 20
PARALLEL = 8
TRIES = 4
MANIFEST_LIMIT = 64 << 20


@dataclass(frozen=True)
class Item:
    """A file as it is listed; nothing of it is read yet."""

    address: str
    """Its whole path or URL: what messages name."""
    path: str
    """The location's own name and what is below it: what can state a period."""
    size: int
    modified: int
    """Nanoseconds since 1970."""
    etag: str | None = None

    @property
    def above(self) -> str:
        """What the address has before the path."""
        return self.address.removesuffix(self.path)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path without its last part."""
        return self.path.rpartition("/")[0]

    @property
    def state(self) -> list[str | int]:
        """What differs when the file does."""
        return [self.path, self.size, self.etag or self.modified]


@dataclass(frozen=True)
class Location:
    """A place that holds files. Only what a listing of it names is ever read."""

    address: str
    """As bills.yml says it."""
    store: ObjectStore | None = None
    """None: this machine."""

    @property
    def root(self) -> str:
        """What an address in the store starts with; names and messages carry no secret of it."""
        scheme, host = urlsplit(self.address)[:2]
        return redacted(f"{scheme}://{host}/")

    @property
    def bucket(self) -> str | None:
        """The bucket or container."""
        return urlsplit(self.address).netloc.partition("@")[0] if self.store else None

    def items(self) -> list[Item]:
        """All files, in the order of their paths."""
        return _local_items(Path(self.address)) if self.store is None else self._objects()

    def read(self, item: Item, first: int | None = None) -> bytes:
        """The content of a small file, or the first bytes of any."""
        if first is None and item.size > MANIFEST_LIMIT:
            raise CloudbillError(f"{item.address} is too large for a manifest.")
        count = item.size if first is None else min(first, item.size)
        if self.store is None:
            with Path(item.address).open("rb") as file:
                return file.read(count)
        return _get(self, item, 0, count) if count else b""

    def fetch(
        self,
        items: Iterable[Item],
        folder: Path,
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> tuple[Path, ...]:
        """Files on this machine with the content of the items, downloaded into a folder."""
        listed = list(items)
        if self.store is None:
            return tuple(Path(item.address) for item in listed)
        # Never outside of the folder: a key is another's text.
        names = [_safe(item.name) for item in listed]
        if len(set(names)) < len(names):
            names = [f"{number}-{name}" for number, name in enumerate(names)]
        paths = [folder / name for name in names]
        folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(PARALLEL) as pool:
            pieces = []
            for path, item in zip(paths, listed, strict=True):
                with path.open("wb") as file:
                    file.truncate(item.size)
                for start in range(0, item.size, CHUNK):
                    end = min(start + CHUNK, item.size)
                    pieces.append(pool.submit(_fetch_piece, self, item, path, start, end))
            try:
                for piece in pieces:
                    on_bytes(piece.result())
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return tuple(paths)

    def check_unchanged(self, items: Iterable[Item]) -> None:
        """Files on this machine were not replaced while they were read."""
        for item in items if self.store is None else ():
            path = Path(item.address)
            if not path.exists() or _size_and_time(path) != (item.size, item.modified):
                raise ChangedError(_changed(item))

    def _objects(self) -> list[Item]:
        prefix = urlsplit(self.address).path.strip("/")
        parent = str(PurePosixPath(prefix).parent) if "/" in prefix else ""
        assert self.store is not None
        try:
            found = [meta for page in obstore.list(self.store, prefix or None) for meta in page]
            if not found and prefix:
                found = [obstore.head(self.store, prefix)]
        except NOT_FOUND:
            found = []
        except Exception as error:
            if any(sign in str(error) for sign in NO_BUCKET):
                raise CloudbillError(
                    f"{self.address}: there is no bucket or container {self.bucket}: correct the"
                    " location in bills.yml."
                ) from None
            raise sentence(self.address, error) from None
        if not found:
            raise CloudbillError(
                f"{self.address} holds no files: correct the location in bills.yml."
            )
        items = [
            Item(
                self.root + meta["path"],
                str(PurePosixPath(meta["path"]).relative_to(parent)) if parent else meta["path"],
                meta["size"],
                int(meta["last_modified"].timestamp() * 1e9),
                (meta["e_tag"] or "").strip('"') or None,
            )
            for meta in found
        ]
        return sorted(items, key=lambda item: item.path)


class ChangedError(CloudbillError):
    """A file is not what the listing said: it is being written."""


def open_location(address: str, endpoint: str | None = None) -> Location:
    """A location, with the credentials that the cloud's own default chain finds."""
    scheme, separator, _ = address.partition("://")
    if not separator:
        return Location(address)
    if scheme not in STORES:
        raise CloudbillError(
            f"{address}: unknown store '{scheme}': use a path, or s3://, az://, abfss:// or gs://."
        )
    try:
        return Location(address, store_of(scheme, address, endpoint))
    except CloudbillError:
        raise
    except Exception as error:
        raise sentence(address, error) from None


def _local_items(location: Path) -> list[Item]:
    if not location.exists():
        raise CloudbillError(
            f"{location} does not exist: correct the location in bills.yml, or create it."
        )
    try:
        items = [
            Item(str(path), path.relative_to(location.parent).as_posix(), *_size_and_time(path))
            for path in ([location] if location.is_file() else sorted(_files_below(location)))
        ]
    except PermissionError as error:
        raise CloudbillError(
            f"{error.filename} may not be read: give this user permission to read it."
        ) from None
    except OSError as error:
        raise CloudbillError(
            f"{error.filename} cannot be read ({error.strerror}): run the command again, or look at"
            " that disk."
        ) from None
    if not items:
        raise CloudbillError(f"{location} holds no files: correct the location in bills.yml.")
    return items


def _files_below(folder: Path) -> Iterator[Path]:
    """All files, those of linked folders too; an error where one cannot be looked at.

    A folder counts once, whatever links lead to it: by its own path where it is below this one
    (`latest` is another name), and not if this one is below it, which would never end.
    """
    inside = folder.resolve()
    seen = {inside}

    def fail(error: OSError) -> None:
        raise error

    def is_new(below: Path) -> bool:
        target = below.resolve()
        if target in seen or (below.is_symlink() and _overlap(target, inside)):
            return False
        seen.add(target)
        return True

    for name, folders, files in os.walk(folder, onerror=fail, followlinks=True):
        folders[:] = [below for below in sorted(folders) if is_new(Path(name, below))]
        for file in [Path(name, file) for file in files]:
            if file.is_file():
                yield file
            elif file.is_symlink() and not file.name.startswith("."):
                raise CloudbillError(
                    f"{file} is a link to {file.readlink()}, which is not there: mount or restore"
                    " what it leads to, or delete the link."
                )


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _size_and_time(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def _fetch_piece(location: Location, item: Item, path: Path, start: int, end: int) -> int:
    data = _get(location, item, start, end)
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)
    return len(data)


def _get(location: Location, item: Item, start: int, end: int) -> bytes:
    """A piece of an object, of the very version that was listed."""
    key = item.address.removeprefix(location.root)
    options: Any = {"range": (start, end)}
    if item.etag:
        options["if_match"] = f'"{item.etag}"'
    for attempt in range(TRIES):
        try:
            data = bytes(obstore.get(location.store, key, options=options).bytes())  # type: ignore[arg-type]
            if len(data) == end - start:
                return data
            error: Exception = ChangedError(_changed(item))
        except (exceptions.PreconditionError, *NOT_FOUND):
            raise ChangedError(_changed(item)) from None
        except exceptions.GenericError as problem:
            # A connection that is lost while the body arrives: obstore retries what comes before.
            error = problem
        except Exception as problem:
            raise sentence(item.address, problem) from None
        if attempt + 1 < TRIES:
            time.sleep(0.25 * 2**attempt)
    raise error if isinstance(error, ChangedError) else sentence(item.address, error)


def _changed(item: Item) -> str:
    return f"{item.address} was replaced while it was read: left for the next run."


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name)[-200:]
