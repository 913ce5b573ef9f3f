"""Node lists: what is kept of a node, which snapshots, and a sentence for whatever is wrong."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import Result
from typer.testing import CliRunner

from cloudbill.cli import app
from cloudbill.config import Config, Nodes
from cloudbill.lake.load import LoadResult, load
from cloudbill.workspace import Workspace

AKS = (
    "azure:///subscriptions/s/resourceGroups/MC_rg/providers/Microsoft.Compute/"
    "virtualMachineScaleSets/aks-apps-1-vmss/virtualMachines/35"
)


def node(name: str, provider_id: str | None = AKS, **labels: str) -> dict[str, Any]:
    return {
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": labels or {"kubernetes.io/os": "linux"},
            "creationTimestamp": "2026-10-01T02:00:00+02:00",
            "resourceVersion": "1",
        },
        "spec": {"providerID": provider_id} if provider_id else {},
        "status": {"nodeInfo": {"operatingSystem": "linux"}},
    }


def write_list(path: Path, *nodes: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"kind": "List", "items": list(nodes)}))
    return path


def load_one(space: Workspace, path: Path, cluster: str = "prod") -> LoadResult:
    config = Config(nodes=[Nodes(cluster=cluster, location=str(path))])
    return load(config, space)[0]


def rows(space: Workspace, columns: str) -> list[tuple[Any, ...]]:
    files = str(space.lake / "kubernetes_nodes" / "*" / "*" / "bill.parquet")
    query = f"select {columns} from read_parquet(?, hive_partitioning = false) order by all"
    return duckdb.execute(query, [files]).fetchall()


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def test_what_is_kept_of_a_node(space: Workspace, tmp_path: Path) -> None:
    result = load_one(space, write_list(tmp_path / "a.json", node("n1", a="1", b="2")), "arn:x/y")
    assert (result.export, result.bill, result.status, result.rows) == (
        "arn:x/y",
        "nodes",
        "new",
        1,
    )
    assert result.reason is None
    assert rows(
        space,
        "cluster, node_name, provider_id, labels::json, operating_system, created_at::varchar",
    ) == [("arn:x/y", "n1", AKS, '{"a":"1","b":"2"}', "linux", "2026-10-01 00:00:00")]


def test_a_snapshot_is_kept_when_the_list_changes(space: Workspace, tmp_path: Path) -> None:
    path = write_list(tmp_path / "a.json", node("n1"), node("n2"))
    assert load_one(space, path).status == "new"
    heartbeat = node("n1")
    heartbeat["metadata"]["resourceVersion"] = "2"
    assert load_one(space, write_list(path, node("n2"), heartbeat)).status == "unchanged"
    assert load_one(space, write_list(path, node("n2"))).status == "changed"
    emptied = load_one(space, write_list(path))
    assert (emptied.status, emptied.reason) == ("changed", "prod has no nodes in its list.")
    names = [name for (name,) in rows(space, "node_name")]
    assert names == ["n1", "n2", "n2", None]
    assert len({snapshot for (snapshot,) in rows(space, "bill")}) == 3


def test_a_cluster_that_is_not_listed_any_more_is_named_until_it_is_forgotten(
    space: Workspace, tmp_path: Path
) -> None:
    """Under another name its nodes are there twice; its history is not ours to drop."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--workspace", str(space.root)])

    def loaded(cluster: str) -> str:
        listed = [{"cluster": cluster, "location": str(path)}]
        config.write_text(yaml.safe_dump({"nodes": listed}))
        return " ".join(run("load", "--config", str(config)).output.split())

    path, config = write_list(tmp_path / "a.json", node("n1")), tmp_path / "bills.yml"
    assert "not list this cluster" not in loaded("the old/one")
    for _ in range(2):
        told = loaded("new")
        assert f"the old/one: {config} does not list this cluster any more" in told
        assert "cloudbill forget 'the old/one' --cluster takes them out" in told
    assert "the old/one" in run("status").output
    document = json.loads(run("status", "--json").output)
    assert document["clusters_not_listed"] == [{"cluster": "the old/one"}]
    assert rows(space, "cluster, node_name") == [("new", "n1"), ("the old/one", "n1")]
    forgotten = run("forget", "the old/one")
    assert (forgotten.exit_code, "1 node list of the old/one" in forgotten.output) == (0, True)
    assert rows(space, "cluster, node_name") == [("new", "n1")]
    assert "not list this cluster" not in loaded("new")
    assert run("forget", "the old/one", "--cluster").exit_code == 2
    assert run("forget", "new", "--cluster").exit_code == 0


def test_what_nodes_lack_is_told_and_they_are_kept(space: Workspace, tmp_path: Path) -> None:
    bare = node("bare", None)
    bare["metadata"]["labels"] = None
    odd = [node(f"k3s-{number}", f"k3s://k3s-{number}") for number in range(4)]
    fargate = node("f", "aws:///us-east-1a/3dc0a7/fargate-ip-10-0-0-2.ec2.internal")
    result = load_one(space, write_list(tmp_path / "a.json", bare, fargate, *odd))
    assert (result.status, result.rows) == ("new", 6)
    assert result.reason == (
        "prod has a node without labels (bare): only the bill can tell what machine it is."
        " prod has a node without a provider id (bare): it can be matched by its name only."
        " prod has 4 nodes with a provider id of unknown form (k3s-0, k3s-1, k3s-2, ...):"
        " it can be matched by its name only."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "does not exist: correct the location in bills.yml, or create it."),
        (
            "NAME STATUS",
            "is not JSON (line 1, character 1), or it is cut off: write it with `kubectl get nodes",
        ),
        ("[1]", "is JSON but not a node list: write it with `kubectl get nodes -o json`."),
        (
            '{"kind": "List", "items": [{"kind": "Pod", "metadata": {"name": "p"}}]}',
            "item 1 is not",
        ),
        ('{"kind": "NodeList", "items": [{"metadata": {}}]}', "item 1 is not a Kubernetes node"),
        ('{"items": [1], "kind": "List"}', "item 1 is not a Kubernetes node"),
    ],
)
def test_what_is_no_node_list_is_told(
    space: Workspace, tmp_path: Path, text: str | None, sentence: str
) -> None:
    path = tmp_path / "a.json"
    if text is not None:
        path.write_text(text)
    config = Config(
        nodes=[
            Nodes(cluster="bad", location=str(path)),
            Nodes(cluster="good", location=str(write_list(tmp_path / "b.json", node("n1")))),
        ]
    )
    bad, good = load(config, space)
    assert bad.status == "skipped"
    assert sentence in (bad.reason or "")
    assert str(path) in (bad.reason or "")
    assert (good.status, good.rows) == ("new", 1)


def test_a_bad_list_exits_with_0(tmp_path: Path) -> None:
    (tmp_path / "bills.yml").write_text("nodes:\n- cluster: c\n  location: none.json\n")
    arguments = [
        "load",
        "--config",
        str(tmp_path / "bills.yml"),
        "--workspace",
        str(tmp_path / "w"),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "none.json does not exist" in result.output


class ApiServer(BaseHTTPRequestHandler):
    """Two pages of nodes, as the API server of a cluster gives them."""

    def do_GET(self) -> None:
        last = "continue=next" in self.path
        page = {
            "kind": "NodeList",
            "apiVersion": "v1",
            "metadata": {} if last else {"continue": "next"},
            "items": [node("n2" if last else "n1")],
        }
        body = json.dumps(page).encode()
        self.send_response(200 if self.path.startswith("/api/v1/nodes") else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api_server() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), ApiServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def kubeconfig(tmp_path: Path, api_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = {"live": api_server, "gone": "http://127.0.0.1:9"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "live",
        "clusters": [{"name": n, "cluster": {"server": url}} for n, url in servers.items()],
        "users": [{"name": "me", "user": {}}],
        "contexts": [{"name": n, "context": {"cluster": n, "user": "me"}} for n in servers],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(path))


@pytest.mark.usefixtures("kubeconfig")
def test_live_nodes_of_a_context(space: Workspace) -> None:
    names = ("live", "gone", "unknown")
    results = load(Config(nodes=[Nodes(cluster=n, context=n) for n in names]), space)
    live, gone, unknown = results
    assert (live.status, live.rows, live.reason) == ("new", 2, None)
    assert rows(space, "node_name, labels['kubernetes.io/os'], created_at::varchar") == [
        ("n1", "linux", "2026-10-01 00:00:00"),
        ("n2", "linux", "2026-10-01 00:00:00"),
    ]
    assert gone.status == unknown.status == "skipped"
    assert "The nodes of context gone cannot be read: its API server cannot" in (gone.reason or "")
    assert "The nodes of context unknown cannot be read: " in (unknown.reason or "")
