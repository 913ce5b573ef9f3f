"""Zip archives of CSV files, as AWS delivers them: inflated beside the lake to be read."""

import errno
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudbill.delivered.files import BEGINNING, MANIFEST, ZIP, looks_like_data
from cloudbill.errors import CloudbillError
from cloudbill.landing.plain import plain

# Bills deflate to a tenth or a thirtieth; what claims to be far bigger than this is no bill.
LARGEST_RATIO = 200
SMALL = 100 << 20


@contextmanager
def unpacked(
    files: tuple[Path, ...], folder: Path, origins: dict[Path, str] | None = None
) -> Iterator[tuple[Path, ...]]:
    """The files, or others that hold the same lines; sentences name those that were delivered.

    `origins` is told what the others are called.
    """
    origins = {} if origins is None else origins
    found: list[Path] = []
    try:
        for number, path in enumerate(files):
            members = [path]
            if is_zip(path):
                members = extracted(path, folder / str(number))
                origins |= {member: f"{path} ({member.name})" for member in members}
            for count, member in enumerate(members):
                written = plain(member, folder / str(number) / f"text{count}")
                if written != member:
                    origins[written] = origins.get(member, str(path))
                found.append(written)
        yield tuple(found)
    except CloudbillError as error:
        raise type(error)(named(str(error), origins), error.exit_code) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def named(sentence: str, origins: dict[Path, str]) -> str:
    """A sentence that names files as they were delivered."""
    for path, origin in origins.items():
        sentence = sentence.replace(str(path), origin)
    return sentence


def is_zip(path: Path) -> bool:
    """By what the file holds."""
    with path.open("rb") as file:
        return file.read(len(ZIP)) == ZIP


def extracted(path: Path, folder: Path) -> list[Path]:
    """The CSV files of an archive, inflated into a folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [
                member
                for member in archive.infolist()
                if not (member.is_dir() or member.filename.startswith("__MACOSX/"))
            ]
            members = [m for m in inside if m.filename.lower().endswith(".csv")]
            if not members:
                workbook = "[Content_Types].xml" in archive.namelist()
                what = "a workbook or document of an office suite" if workbook else "a zip archive"
                raise CloudbillError(f"{path} is {what} without a CSV file in it: deliver CSV.")
            check_members(path, archive, inside)
            size = sum(member.file_size for member in members)
            if size > max(SMALL, LARGEST_RATIO * path.stat().st_size):
                raise CloudbillError(
                    f"{path} would inflate to {size:,} bytes, which no bill of its size does:"
                    " check where it comes from, and extract it yourself."
                )
            for member in inside:
                # Their names stand in the archive twice; a damaged one would pass for another file.
                with archive.open(member):
                    pass
            folder.mkdir(parents=True)
            if size > shutil.disk_usage(folder).free:
                raise CloudbillError(
                    f"{path} inflates to {size:,} bytes, more than the disk of the workspace has"
                    " left: free some space."
                )
            targets = []
            for number, member in enumerate(members):
                target = folder / f"{number}" / Path(member.filename).name
                target.parent.mkdir()
                with archive.open(member) as packed, target.open("wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
                targets.append(target)
            return targets
    except NotImplementedError:
        # A RuntimeError too. Windows packs files of more than 2 GB with deflate64.
        raise CloudbillError(
            f"{path} is packed with a method that is not read here (deflate64, as Windows packs"
            " large files): extract it yourself, or pack it with deflate."
        ) from None
    except RuntimeError:
        raise CloudbillError(f"{path} is encrypted: deliver it without a password.") from None
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError):
        raise damaged(path) from None
    except OSError as error:
        # A damaged directory of an archive asks for a place before its beginning.
        if error.errno != errno.EINVAL:
            raise
        raise damaged(path) from None


def check_members(path: Path, archive: zipfile.ZipFile, inside: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive with data that is not read, or with one file twice."""
    found: dict[tuple[int, int], str] = {}
    for member in inside:
        name = member.filename
        if name.lower().endswith(".csv"):
            before = found.setdefault((member.CRC, member.file_size), name)
            if before != name and archive.read(before).count(b"\n") > 1:
                raise CloudbillError(
                    f"{path} holds one file twice, {before} and {name}: keep one of them in it,"
                    " else its charges would be counted twice."
                )
        elif not MANIFEST.search(name):
            with archive.open(member) as file:
                if looks_like_data(file.read(BEGINNING)):
                    raise CloudbillError(
                        f"{path} holds {name} beside CSV files, which looks like data and is not"
                        " read, so that lines may be missing: deliver it beside the archive, as"
                        " .csv, .csv.gz, .zip, .parquet, .json or .json.gz."
                    )


def damaged(path: Path) -> CloudbillError:
    """The sentence about an archive that cannot be read."""
    return CloudbillError(
        f"{path} is a zip archive that is cut off or damaged: copy or deliver it again."
    )
