"""Objects in a bucket that is spoken to as Amazon S3 is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from hub.objects.errors import ObjectMissing, StoreUnavailable

T = TypeVar("T")

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True, slots=True)
class S3Settings:
    """`endpoint` None: Amazon's own. Without keys botocore looks for them as it always does."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = None
    timeout_s: float = 10.0
    tries: int = 2


class S3Store:
    """An `ObjectStore`. botocore blocks, so each request has a thread; its clients may be shared by them."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._made: Any = None

    async def put(self, name: str, source: Path) -> None:
        def work() -> None:
            with source.open("rb") as file:
                self._client.put_object(Body=file, **self._named(name))

        await _in_thread(work)

    async def read(self, name: str, first: int, length: int) -> bytes:
        def work() -> bytes:
            stretch = f"bytes={first}-{first + length - 1}"
            answer = self._client.get_object(Range=stretch, **self._named(name))
            found: bytes = answer["Body"].read()
            return found

        return await _in_thread(work)

    async def size(self, name: str) -> int:
        def work() -> int:
            length = self._client.head_object(**self._named(name)).get("ContentLength")
            if length is None:
                raise StoreUnavailable("S3: no length in its answer")
            return int(length)

        return await _in_thread(work)

    async def delete(self, name: str) -> None:
        await _in_thread(lambda: self._client.delete_object(**self._named(name)))

    def _named(self, name: str) -> dict[str, str]:
        key = "/".join(filter(None, (self._settings.prefix.strip("/"), name)))
        return {"Bucket": self._settings.bucket, "Key": key}

    @property
    def _client(self) -> Any:
        if self._made is None:
            settings = self._settings
            config = Config(
                connect_timeout=settings.timeout_s,
                read_timeout=settings.timeout_s,
                retries={"total_max_attempts": settings.tries, "mode": "standard"},
                s3={"addressing_style": "path" if settings.endpoint else "auto"},
            )
            self._made = Session().create_client(
                "s3",
                region_name=settings.region,
                endpoint_url=settings.endpoint,
                aws_access_key_id=settings.access_key,
                aws_secret_access_key=settings.secret_key,
                config=config,
            )
        return self._made


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise ObjectMissing(f"no object: {code}") from None
        raise StoreUnavailable(f"S3: {code or type(error).__name__}") from None
    except (BotoCoreError, OSError) as error:
        raise StoreUnavailable(f"S3: {type(error).__name__}") from None
