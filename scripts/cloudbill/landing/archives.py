"""Zip archives of CSV files, as AWS delivers them: inflated beside the lake to be read."""

import errno
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudbill.errors import CloudbillError

# Bills deflate to a tenth or a thirtieth; what claims to be far bigger than this is no bill.
LARGEST_RATIO = 200
SMALL = 100 << 20


@contextmanager
def unpacked(files: tuple[Path, ...], folder: Path) -> Iterator[tuple[Path, ...]]:
    """The files, with what is in an archive in place of it; sentences name the archive."""
    origins: dict[Path, str] = {}
    found: list[Path] = []
    try:
        for number, path in enumerate(files):
            if is_zip(path):
                members = _extract(path, folder / str(number))
                origins |= {member: f"{path} ({member.name})" for member in members}
                found += members
            else:
                found.append(path)
        yield tuple(found)
    except CloudbillError as error:
        sentence = str(error)
        for member, origin in origins.items():
            sentence = sentence.replace(str(member), origin)
        raise CloudbillError(sentence, error.exit_code) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_zip(path: Path) -> bool:
    """By what the file holds."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _extract(path: Path, folder: Path) -> list[Path]:
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


def damaged(path: Path) -> CloudbillError:
    """The sentence about an archive that cannot be read."""
    return CloudbillError(
        f"{path} is a zip archive that is cut off or damaged: copy or deliver it again."
    )
