"""Bills in object stores, over the stores' own protocols."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import duckdb
import obstore
import pytest
from emulators import ACCOUNT, KEY, azurite, cache_folder, make_bucket, make_container, moto
from obstore.store import AzureStore, ObjectStore, S3Store

from cloudbill.config import Config, Located
from cloudbill.delivered import locations
from cloudbill.delivered.locations import ChangedError, open_location
from cloudbill.errors import CloudbillError
from cloudbill.lake.load import load
from cloudbill.workspace import Workspace

HEADER = "Date,CostInBillingCurrency,ChargeType,PricingModel\n"
LINE = "10/01/2026,{cost},Usage,OnDemand\n"


@dataclass(frozen=True)
class Bucket:
    """A store of the tests: how to write to it, and how bills.yml names it."""

    address: str
    endpoint: str
    store: ObjectStore

    def put(self, key: str, text: str | bytes) -> None:
        data = text.encode() if isinstance(text, str) else text
        obstore.put(self.store, key, data)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with moto() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def blob() -> Iterator[str]:
    with azurite(cache_folder()) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)


@pytest.fixture(params=["s3", "gs", "az", "abfss"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    """An empty bucket of each kind of store."""
    name = f"bills{time.monotonic_ns()}"
    http: Any = {"allow_http": True}
    if request.param in ("s3", "gs"):
        endpoint = request.getfixturevalue("s3")
        make_bucket(endpoint, name)
        store = S3Store(name, endpoint=endpoint, region="us-east-1", client_options=http)
        return Bucket(f"{request.param}://{name}", endpoint, store)
    endpoint = request.getfixturevalue("blob")
    make_container(endpoint, name)
    blobs = AzureStore(name, account_name=ACCOUNT, endpoint=endpoint, client_options=http)
    host = f"{name}@{ACCOUNT}.dfs.core.windows.net" if request.param == "abfss" else name
    return Bucket(f"{request.param}://{host}", endpoint, blobs)


@pytest.fixture
def s3_bucket(s3: str) -> Bucket:
    name = f"bills{time.monotonic_ns()}"
    make_bucket(s3, name)
    store = S3Store(name, endpoint=s3, region="us-east-1", client_options={"allow_http": True})
    return Bucket(f"s3://{name}", s3, store)


def test_bills_load_from_every_store_and_only_what_changed_is_fetched(
    bucket: Bucket,
    loaded: Callable[..., Any],
    lake: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    workspace: Any,
) -> None:
    for month, days in (("10", "31"), ("11", "30")):
        name = f"exports/ea/2026{month}01-2026{month}{days}/cost é 'x' #1.csv"
        bucket.put(name, HEADER + LINE.format(cost=int(month)).replace("10/01", f"{month}/01"))
    entry = (
        f"name: a, kind: azure_cost, location: '{bucket.address}/exports/ea',"
        f" endpoint: '{bucket.endpoint}'"
    )
    fetched: list[str] = []
    get = locations._get
    monkeypatch.setattr(
        locations, "_get", lambda loc, item, *at: fetched.append(item.path) or get(loc, item, *at)
    )
    results = loaded(entry)
    assert [(r.bill, r.status) for r in results] == [("2026-10", "new"), ("2026-11", "new")]
    assert [row["costinbillingcurrency"] for row in lake("azure_cost")] == [10, 11]
    assert len(fetched) == 2
    assert [r.status for r in loaded(entry)] == ["unchanged", "unchanged"]
    assert len(fetched) == 2
    bucket.put(
        "exports/ea/20261101-20261130/cost é 'x' #1.csv",
        HEADER + LINE.format(cost=5).replace("10/01", "11/01"),
    )
    assert [r.status for r in loaded(entry)] == ["unchanged", "changed"]
    assert [row["costinbillingcurrency"] for row in lake("azure_cost")] == [10, 5]
    assert len(fetched) == 3
    assert not workspace.temporary.exists()


def test_what_a_store_refuses_is_a_sentence(bucket: Bucket, loaded: Callable[..., Any]) -> None:
    def why(location: str) -> str:
        entry = f"name: a, kind: azure_cost, location: '{location}', endpoint: '{bucket.endpoint}'"
        (result,) = loaded(entry)
        assert result.status == "refused"
        return str(result.reason)

    assert "holds no files" in why(f"{bucket.address}/nowhere")
    other = bucket.address.replace("://bills", "://other")
    assert "there is no bucket or container other" in why(other)
    bucket.put("x/20261001-20261031/a.csv", "Date\n")
    said = why(f"{bucket.address}/x")
    # The message names the object, never the temporary copy.
    assert "/x/20261001-20261031/a.csv has no cost column" in said
    assert "fetched" not in said


def test_lists_are_read_from_a_single_object_and_from_whole_folders(
    bucket: Bucket, workspace: Workspace
) -> None:
    sheet = "MeterId,UnitOfMeasure,UnitPrice,CurrencyCode\nm-{},1 Hour,0.5,EUR\n"
    bucket.put("prices/ea.csv", sheet.format(1))
    bucket.put("prices/mca.csv", sheet.format(2))

    def loaded_from(location: str) -> list[str]:
        listed = [Located(location=location, endpoint=bucket.endpoint)]
        return [r.status for r in load(Config(azure_price_sheets=listed), workspace)]

    def held() -> list[tuple[str, str]]:
        path = workspace.lake / "azure_price_sheets.parquet"
        query = f"select source_file, meter_id from '{path}' order by all"
        return duckdb.sql(query).fetchall()

    assert loaded_from(f"{bucket.address}/prices/ea.csv") == ["new"]
    assert held() == [(f"{bucket.address}/prices/ea.csv", "m-1")]
    assert loaded_from(f"{bucket.address}/prices") == ["unchanged", "new"]
    assert held() == [(f"{bucket.address}/prices/{n}.csv", m) for n, m in
                      (("ea", "m-1"), ("mca", "m-2"))]  # fmt: skip
    # A location whose files are gone leaves what was there.
    for name in ("ea", "mca"):
        obstore.delete(bucket.store, f"prices/{name}.csv")
    assert loaded_from(f"{bucket.address}/prices") == ["refused"]
    assert [meter for _, meter in held()] == ["m-1", "m-2"]


def test_large_objects_arrive_whole_in_pieces(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "CHUNK", 1000)
    data = bytes(number % 251 for number in range(10_500))
    bucket.put("big.bin", data)
    location = open_location(f"{bucket.address}/big.bin", bucket.endpoint)
    counts: list[int] = []
    (path,) = location.fetch(location.items(), tmp_path, counts.append)
    assert path.read_bytes() == data
    assert sum(counts) == len(data)
    assert len(counts) == 11


def test_an_object_that_is_replaced_after_the_listing_is_left(
    bucket: Bucket, tmp_path: Path
) -> None:
    bucket.put("a.csv", "one")
    location = open_location(bucket.address, bucket.endpoint)
    items = location.items()
    bucket.put("a.csv", "two")
    with pytest.raises(ChangedError, match="was replaced while it was read"):
        location.fetch(items, tmp_path)


class Flaky(http.server.BaseHTTPRequestHandler):
    """Passes requests on, but fails or cuts off every other answer."""

    upstream = ""
    count = 0

    def do_GET(self) -> None:
        type(self).count += 1
        with urlopen(Request(self.upstream + self.path, headers=dict(self.headers))) as answer:
            body, status, headers = answer.read(), answer.status, answer.headers
        if self.count % 4 == 1:
            self.send_error(503)
            return
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "server", "date"):
                self.send_header(name, value)
        self.end_headers()
        cut = self.count % 4 == 3
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = True

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *args: Any) -> None:
        pass


def test_lost_connections_and_server_errors_are_tried_again(
    s3_bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locations, "CHUNK", 3000)
    data = bytes(number % 251 for number in range(20_000))
    s3_bucket.put("big.bin", data)
    Flaky.upstream, Flaky.count = s3_bucket.endpoint, 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Flaky) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        location = open_location(f"{s3_bucket.address}/big.bin", endpoint)
        (path,) = location.fetch(location.items(), tmp_path)
        server.shutdown()
    assert path.read_bytes() == data
    assert Flaky.count > 8


class Refusing(http.server.BaseHTTPRequestHandler):
    """A store that takes no request."""

    status, code = 403, "AccessDenied"

    def do_GET(self) -> None:
        body = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (403, "AccessDenied", "no permission to list or read it"),
        (403, "AuthorizationPermissionMismatch", "no permission to list or read it"),
        (400, "ExpiredToken", "log in again"),
        (403, "InvalidAccessKeyId", "log in again"),
        (401, "AuthenticationFailed", "log in again"),
    ],
)
@pytest.mark.parametrize("folder", ["bills", "401/403/credentials"])
@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
def test_missing_permissions_and_expired_credentials_are_sentences(
    scheme: str, folder: str, status: int, code: str, sentence: str
) -> None:
    Refusing.status, Refusing.code = status, code
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(CloudbillError, match=sentence) as error:
            open_location(f"{scheme}://bucket/{folder}", endpoint).items()
        server.shutdown()
    assert "\n" not in str(error.value)


def test_an_unknown_store_and_a_store_without_a_bucket_are_sentences() -> None:
    with pytest.raises(CloudbillError, match="unknown store 'ftp'"):
        open_location("ftp://host/bills")
    with pytest.raises(CloudbillError, match="names no bucket"):
        open_location("s3:///bills")


def test_reservations_load_from_every_store(bucket: Bucket, workspace: Workspace) -> None:
    details = "ReservationId,ReservationOrderId,UsageDate,TotalReservedQuantity\nr,o,{},2\n"
    bucket.put("res/details/20260901-20260930/x/part_0_0001.csv", details.format("2026-09-01"))
    bucket.put("res/details/20261001-20261031/y/part_0_0001.csv", details.format("2026-10-01"))
    located = Located(location=f"{bucket.address}/res", endpoint=bucket.endpoint)
    config = Config(azure_reservations=[located])
    assert [(r.status, r.rows, r.reason) for r in load(config, workspace)] == [("new", 1, None)] * 2
    bucket.put("res/details/20261001-20261031/y/part_0_0001.csv", details.format("2026-10-02"))
    assert [r.status for r in load(config, workspace)] == ["unchanged", "changed"]
