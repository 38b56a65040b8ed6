"""Where objects lie and the keys to them, as settings say it."""

from typing import Literal

from hub.objects.keys import KeyRing, read_key
from hub.objects.s3_store import S3Settings, S3Store
from hub.objects.store import FileStore, ObjectStore
from hub.settings import RecordingSettings


def key_ring(settings: RecordingSettings) -> KeyRing:
    """Return the keys; the current one is missing where objects are to be stored as they are."""
    key, old = settings.recording_key, settings.recording_old_keys
    return KeyRing(
        None if settings.recording_plain or key is None else read_key(key.get_secret_value()),
        [
            *((read_key(key.get_secret_value()),) if key else ()),
            *(read_key(each) for each in (old.get_secret_value().split(",") if old else ())),
        ],
    )


def store_of(settings: RecordingSettings, kind: Literal["recordings", "files"]) -> ObjectStore:
    """Return the place of recordings or of messages' files: a folder of that name each, in a bucket too.

    Recordings stand in a bucket's prefix itself.
    """
    place = settings.recording_store
    if place == "files":
        return FileStore(settings.data_dir / kind)
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    secret = settings.s3_secret_key
    return S3Store(
        S3Settings(
            bucket=bucket,
            prefix=prefix if kind == "recordings" else f"{prefix}/{kind}",
            endpoint=settings.s3_endpoint,
            region=settings.s3_region,
            access_key=settings.s3_access_key,
            secret_key=secret.get_secret_value() if secret else None,
        )
    )
