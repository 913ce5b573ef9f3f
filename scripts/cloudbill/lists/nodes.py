"""Node lists of Kubernetes clusters: parsed, checked, kept as snapshots in the lake."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import duckdb

from cloudbill.config import Nodes
from cloudbill.delivered.locations import open_location
from cloudbill.errors import CloudbillError
from cloudbill.failures import refusal
from cloudbill.lists.clusters import TABLE
from cloudbill.lists.records import json_of
from cloudbill.lists.tables import Outcome, columns_of, fetched
from cloudbill.sql import literal, literals
from cloudbill.workspace import Workspace

LANDING = 1
"""Raise this when landing changes, so that unchanged lists are landed again."""
REMEDY = "write it with `kubectl get nodes -o json`."

KNOWN_PROVIDER_ID = re.compile(
    r"azure://+subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.compute/"
    r"(virtualmachinescalesets/[^/]+/)?virtualmachines/[^/]+"
    r"|aws://[^/]*/[^/]*/(i-[0-9a-z]+|(.+/)?fargate-.+)"
    r"|gce://[^/]+/[^/]+/[^/]+",
    re.IGNORECASE,
)
NAMES_SHOWN = 3
TIMEOUT = (5, 60)
"""Seconds to connect to an API server, and to wait for its answer."""
PAGE = 500


@dataclass(frozen=True)
class Node:
    """What is kept of a node."""

    node_name: str
    provider_id: str | None
    labels: dict[str, str]
    operating_system: str | None
    created_at: str | None


def load_nodes(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, entries: Iterable[Nodes]
) -> Iterator[Outcome]:
    """Keep a snapshot of every list that changed; one that cannot be read is skipped and told."""
    for entry in entries:
        try:
            found = nodes_of(workspace, entry)
            nodes = sorted({node.node_name: node for node in found}.values(), key=name_of)
            status = keep(con, workspace, entry.cluster, nodes)
        except Exception as error:
            name = entry.location or f"The node list of context {entry.context}"
            yield Outcome(entry.cluster, 0, "skipped", str(refusal(name, error)), "nodes")
            continue
        warnings = warnings_about(entry.cluster, nodes, named_twice(found))
        yield Outcome(entry.cluster, len(nodes), status, " ".join(warnings) or None, "nodes")


def nodes_of(workspace: Workspace, entry: Nodes) -> list[Node]:
    """The nodes of a cluster as they are listed, from its file or from its API server."""
    if entry.context:
        return parsed(live_nodes(entry.context), f"The cluster of context {entry.context}")
    location = open_location(entry.location, entry.endpoint)
    items = location.items()
    if len(items) > 1:
        raise CloudbillError(
            f"{entry.location} holds {len(items):,} files, and a cluster has one list: correct the"
            " location in bills.yml."
        )
    with fetched(workspace, location, items[0]) as files:
        return [node for path in files for node in parsed(nodes_in_file(path), str(path))]


def parsed(items: Iterable[Any], where: str) -> list[Node]:
    """What is kept of nodes."""
    nodes = []
    for number, item in enumerate(items, 1):
        try:
            nodes.append(parse(item))
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
            raise CloudbillError(
                f"{where}: item {number} is not a Kubernetes node; write the list with"
                " `kubectl get nodes -o json`."
            ) from None
    return nodes


def name_of(node: Node) -> str:
    """What nodes are sorted by."""
    return node.node_name


def named_twice(nodes: list[Node]) -> list[str]:
    """Names that several different nodes have."""
    different = {(node.node_name, json.dumps(asdict(node))) for node in nodes}
    counts = Counter(name for name, _ in different)
    return sorted(name for name, count in counts.items() if count > 1)


def nodes_in_file(path: Path) -> Iterator[Any]:
    """The items of a node list, as kubectl writes it, in whatever encoding."""
    try:
        delivered = json_of(path)
    except CloudbillError as error:
        raise CloudbillError(str(error).replace("download it again.", REMEDY)) from None
    kind = delivered.get("kind") if isinstance(delivered, dict) else None
    if kind == "Node":
        yield delivered
    elif kind in ("List", "NodeList") and isinstance(delivered.get("items"), list):
        yield from delivered["items"]
    else:
        raise CloudbillError(f"{path} is JSON but not a node list: {REMEDY}")


def live_nodes(context: str) -> Iterator[Any]:
    """The nodes that the API server of a kubeconfig context knows now."""
    try:
        from kubernetes import client, config  # noqa: PLC0415 (an optional extra)
        from urllib3.exceptions import HTTPError  # noqa: PLC0415
    except ImportError:
        raise CloudbillError(
            f"Reading the context {context} needs the Kubernetes client: install"
            " cloudbill[kubernetes], or write the list to a file with `kubectl get nodes -o json`."
        ) from None
    try:
        settings = client.Configuration()
        config.load_kube_config(context=context, client_configuration=settings)  # type: ignore[no-untyped-call]
        settings.retries = 1
        nodes, token = client.CoreV1Api(client.ApiClient(settings)), None
        while True:
            # As text: the client's own types refuse virtual nodes, which leave facts out.
            answer: Any = nodes.list_node(
                limit=PAGE, _continue=token, _request_timeout=TIMEOUT, _preload_content=False
            )
            if answer.status != HTTPStatus.OK:
                raise client.ApiException(status=answer.status, reason=answer.reason)
            page = json.loads(answer.data)
            yield from page["items"]
            token = page["metadata"].get("continue")
            if not token:
                return
    except config.ConfigException as error:
        reason = str(error).splitlines()[0].rstrip(".")
    except client.ApiException as error:
        reason = f"{error.status} {error.reason}"
    except (KeyError, ValueError):
        reason = "its answer is not a node list"
    except (HTTPError, OSError) as error:
        reason = f"its API server cannot be reached ({type(error).__name__})"
    raise CloudbillError(f"The nodes of context {context} cannot be read: {reason}.")


def parse(item: Any) -> Node:
    """What is kept of a node; fails on anything that is none."""
    if item.get("kind", "Node") != "Node":
        raise ValueError(item["kind"])
    metadata = item["metadata"]
    if not isinstance(metadata["name"], str):
        raise TypeError(metadata["name"])
    labels = metadata.get("labels") or {}
    info = (item.get("status") or {}).get("nodeInfo") or {}
    provider_id = (item.get("spec") or {}).get("providerID")
    system = info.get("operatingSystem")
    if not all(isinstance(told, str | None) for told in (provider_id, system, *labels.values())):
        raise TypeError(labels)
    created = metadata.get("creationTimestamp")
    return Node(
        node_name=metadata["name"],
        provider_id=provider_id or None,
        # A label without a value is still there.
        labels={key: labels[key] or "" for key in sorted(labels)},
        operating_system=system or None,
        created_at=utc(datetime.fromisoformat(created)) if created else None,
    )


def warnings_about(cluster: str, nodes: list[Node], twice: list[str]) -> list[str]:
    """One sentence for each thing that nodes lack and prices need."""
    unlabelled = [node.node_name for node in nodes if not node.labels]
    absent = [node.node_name for node in nodes if not node.provider_id]
    unknown = [
        node.node_name
        for node in nodes
        if node.provider_id and not KNOWN_PROVIDER_ID.fullmatch(node.provider_id)
    ]
    sentences = [
        (unlabelled, "without labels", "only the bill can tell what machine it is"),
        (absent, "without a provider id", "it can be matched by its name only"),
        (unknown, "with a provider id of unknown form", "it can be matched by its name only"),
        (twice, "of a name that another one has too", "the last one of a name counts"),
    ]
    return [
        f"{cluster} has {counted(names)} {what} ({shown(names)}): {so}."
        for names, what, so in sentences
        if names
    ] + ([] if nodes else [f"{cluster} has no nodes in its list."])


def counted(names: list[str]) -> str:
    """How many nodes, in words."""
    return "a node" if len(names) == 1 else f"{len(names):,} nodes"


def shown(names: list[str]) -> str:
    """The first of some names."""
    return ", ".join(names[:NAMES_SHOWN]) + (", ..." if len(names) > NAMES_SHOWN else "")


def keep(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    cluster: str,
    nodes: list[Node],
) -> Literal["new", "changed", "unchanged"]:
    """Write a snapshot unless the last one of the cluster is the same.

    A heartbeat is no change: only what is kept of the nodes counts.
    """
    columns = columns_of(TABLE)
    facts = json.dumps([LANDING, columns, [asdict(node) for node in nodes]])
    version = hashlib.md5(facts.encode()).hexdigest()
    folder = workspace.lake / TABLE / f"export={quote(cluster, safe='')}"
    before = max(folder.glob("bill=*/bill.parquet"), default=None)
    if before and version_of(con, before) == version:
        return "unchanged"
    now = datetime.now(UTC)
    label = {"export": folder.name.removeprefix("export="), "bill": f"{now:%Y%m%dT%H%M%S.%fZ}"}
    taken = {**label, "cluster": cluster, "snapshot_at": utc(now)}
    # A row without a node says that the cluster has none.
    rows = [{**taken, **asdict(node)} for node in nodes] or [taken]
    target = folder / f"bill={label['bill']}" / "bill.parquet"
    write(con, workspace, columns, target, version=version, rows=rows)
    return "changed" if before else "new"


def version_of(con: duckdb.DuckDBPyConnection, path: Path) -> str | None:
    """Fingerprint that a snapshot carries."""
    row = con.execute(
        f"select decode(value) from parquet_kv_metadata({literals([path])})"
        " where decode(key) = 'version'"
    ).fetchone()
    return row[0] if row else None


def write_schema_file(con: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """A file without rows has every known column, so that models build without any cluster."""
    columns = columns_of(TABLE)
    target = workspace.lake / TABLE / "export=__schema__" / "bill=__schema__" / "bill.parquet"
    version = hashlib.md5(json.dumps(columns).encode()).hexdigest()
    if not target.exists() or version_of(con, target) != version:
        write(con, workspace, columns, target, version=version)


def write(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    columns: dict[str, str],
    target: Path,
    *,
    version: str,
    rows: Iterable[dict[str, Any]] = (),
) -> None:
    """Put rows into the lake in one step."""
    workspace.temporary.mkdir(parents=True, exist_ok=True)
    lines, written = workspace.temporary / "nodes.json", workspace.temporary / "nodes.parquet"
    with lines.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    types = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in columns.items())
    con.execute(
        f"copy (from read_json({literal(str(lines))}, format = 'newline_delimited',"
        f" columns = {{{types}}})) to {literal(str(written))}"
        f" (format parquet, compression zstd, kv_metadata {{version: {literal(version)}}})"
    )
    lines.unlink()
    target.parent.mkdir(parents=True, exist_ok=True)
    written.replace(target)


def utc(moment: datetime) -> str:
    """A moment as a timestamp in UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
