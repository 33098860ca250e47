"""An S3-compatible store, by moto, in a thread of the tests."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from tests.servers.daemon import free_port

ACCESS_KEY = SECRET_KEY = "testing"
REGION = "us-east-1"


class S3:
    """Kept in memory. Also a context manager.

    Its libraries are imported once one is made: every process of pytest imports this file, and few make one.
    """

    def __init__(self) -> None:
        from moto.moto_server.threaded_moto_server import ThreadedMotoServer

        self.port = free_port()
        self._server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)

    @property
    def endpoint(self) -> str:
        """What `storage.endpoint` is set to."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it listens."""
        self._server.start()

    def close(self) -> None:
        """Stop; everything stored is gone."""
        self._server.stop()

    def create_bucket(self, name: str) -> None:
        """A new, empty bucket."""
        self._client().create_bucket(Bucket=name)

    def keys(self, bucket: str) -> list[str]:
        """The objects of a bucket (the first thousand)."""
        return [item["Key"] for item in self._client().list_objects_v2(Bucket=bucket).get("Contents", [])]

    def _client(self) -> Any:
        import boto3  # type: ignore[import-untyped]

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
