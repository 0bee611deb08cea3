"""A package as a ZIP archive: read within bounds, whatever it claims about itself."""

import lzma
import zipfile
import zlib
from typing import IO

from service.refusals import BadArchive

MOST_FILES = 300
MOST_BYTES = 10 * 1024 * 1024


def read_archive(stream: IO[bytes]) -> dict[str, bytes]:
    """Return path → content of a ZIP; one common top folder is taken off.

    At most 300 files and 10 MiB unpacked, counted while unpacking. Raises BadArchive. Which paths a package may
    hold is the deploy gate's business.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if not entries or len(entries) > MOST_FILES or any(entry.flag_bits & 1 for entry in entries):
                raise BadArchive
            return _without_top(_unpack(archive, entries))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise BadArchive from error
    except (zipfile.LargeZipFile, MemoryError, OverflowError) as error:
        raise BadArchive from error
    except (zlib.error, lzma.LZMAError) as error:  # what the packers themselves say of damaged content
        raise BadArchive from error


def _unpack(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for entry in entries:
        with archive.open(entry) as source:
            content = source.read(left + 1)
        left -= len(content)
        if left < 0 or entry.filename in files:
            raise BadArchive
        files[entry.filename] = content
    return files


def _without_top(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or not all("/" in path for path in files):
        return files
    return {path.partition("/")[2]: content for path, content in files.items()}
