"""Files that survive a kill: written beside, synced, then renamed into place."""

import os
from hashlib import blake2b
from pathlib import Path
from threading import get_ident
from typing import NamedTuple


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old content or the new, never a part, through any kill."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{get_ident()}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content_hash(data: bytes) -> str:
    """Return the hex digest (BLAKE2b, 32 bytes) of some bytes."""
    return blake2b(data, digest_size=32).hexdigest()


def file_hash(path: Path) -> str:
    """Return the hex digest (BLAKE2b, 32 bytes) of a file's content, read in pieces."""
    digest = blake2b(digest_size=32)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


class Stamp(NamedTuple):
    """A file as it lies there: equal stamps are one content, as long as files are only ever written whole."""

    path: str
    changed: int
    """Nanoseconds since 1970."""
    size: int
    inode: int


def stamp(path: Path) -> Stamp:
    """Return what tells a file from an earlier or later one at its place."""
    found = path.stat()
    return Stamp(str(path), found.st_mtime_ns, found.st_size, found.st_ino)
