"""`cloudbill setup azure` against a fake of Azure Resource Manager and Graph, over HTTP."""

import http.server
import json
import re
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from typer.testing import CliRunner

from cloudbill import cli, setup_azure
from cloudbill.errors import CloudbillError
from cloudbill.setup_azure import Azure, Wanted, plan

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
WANTED = Wanted(SUBSCRIPTION, "acmecosts")


class Fake(http.server.BaseHTTPRequestHandler):
    """Keeps what is put, as Azure does, and notes what is changed."""

    store: dict[str, Any]
    changes: list[str]
    agreement = "MicrosoftCustomerAgreement"
    denied = ""

    @classmethod
    def reset(cls) -> None:
        cls.agreement, cls.denied, cls.changes = "MicrosoftCustomerAgreement", "", []
        cls.store = {
            f"/subscriptions/{SUBSCRIPTION}": {"state": "Enabled"},
            "/v1.0/applications": {"value": []},
            "/v1.0/servicePrincipals": {"value": []},
        }

    def answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_all(self) -> None:
        assert self.headers["Authorization"] == "Bearer token"
        url = urlsplit(self.path)
        path, query = unquote(url.path), parse_qs(url.query)
        assert path.startswith("/v1.0/") or "api-version" in query
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size)) if size else {}
        if self.denied and self.command != "GET" and self.denied in path:
            error = {"code": "AuthorizationFailed", "message": "may not do this"}
            self.answer(403, {"error": error})
        elif path.endswith("billingProperty/default"):
            self.answer(200, {"properties": {"billingAccountAgreementType": self.agreement}})
        elif self.command == "GET" and "value" in self.store.get(path, {}):
            key, value = re.findall(r"(\w+) eq '(.*)'", query["$filter"][0])[0]
            found = [item for item in self.store[path]["value"] if item.get(key) == value]
            self.answer(200, {"value": found})
        elif self.command == "GET":
            known = path in self.store
            missing = {"error": {"code": "NotFound"}}
            self.answer(200 if known else 404, self.store.get(path, missing))
        else:
            self.changes.append(f"{self.command} {path}")
            self.answer(200, self.change(path, body))

    def change(self, path: str, body: Any) -> Any:
        if path.endswith("/register"):
            self.store[path.removesuffix("/register")] = {"registrationState": "Registered"}
        elif path.endswith("/addPassword"):
            self.store["/v1.0/applications"]["value"][0]["passwordCredentials"] = [{}]
            return {"secretText": "hush"}
        elif path in ("/v1.0/applications", "/v1.0/servicePrincipals"):
            made = {**body, "id": f"id of {path}", "appId": body.get("appId", "app")}
            self.store[path]["value"].append(made)
            return made
        else:
            self.store[path] = {**body, "eTag": "1"}
        return self.store.get(path, {})

    do_GET = do_PUT = do_POST = handle_all  # noqa: N815

    def log_message(self, *args: Any) -> None:
        pass


class Credential:
    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return AccessToken("token", 4_000_000_000)


@pytest.fixture
def azure() -> Iterator[Azure]:
    Fake.reset()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fake) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield Azure(Credential(), address, address)
        server.shutdown()


def carry_out(azure: Azure, wanted: Wanted = WANTED) -> list[str]:
    done = []
    for step in list(plan(azure, wanted)):
        if not step.is_done:
            step.carry_out()
            done.append(step.what)
    return done


def test_a_plan_changes_nothing_and_carrying_it_out_twice_changes_nothing_more(
    azure: Azure,
) -> None:
    assert [step.is_done for step in plan(azure, WANTED)] == [False] * 10
    assert Fake.changes == []
    assert len(carry_out(azure)) == 10
    changed = list(Fake.changes)
    assert carry_out(azure) == []
    assert Fake.changes == changed
    assert azure.notes == []


def test_the_exports_are_daily_month_to_date_and_overwritten(azure: Azure) -> None:
    carry_out(azure)
    for dataset, type_ in (("actual", "ActualCost"), ("amortized", "AmortizedCost")):
        path = f"{WANTED.root}/providers/Microsoft.CostManagement/exports/cloudbill-{dataset}"
        properties = Fake.store[path]["properties"]
        assert properties["definition"]["type"] == type_
        assert properties["definition"]["timeframe"] == "MonthToDate"
        assert properties["schedule"]["recurrence"] == "Daily"
        assert properties["dataOverwriteBehavior"] == "OverwritePreviousReport"
        assert (properties["format"], properties["compressionMode"]) == ("Csv", "gzip")


def test_an_export_with_other_settings_is_put_right(azure: Azure) -> None:
    carry_out(azure)
    path = f"{WANTED.root}/providers/Microsoft.CostManagement/exports/cloudbill-actual"
    Fake.store[path]["properties"]["schedule"]["status"] = "Inactive"
    (done,) = carry_out(azure)
    assert "cloudbill-actual" in done
    assert Fake.store[path]["properties"]["schedule"]["status"] == "Active"


def test_the_identity_may_read_the_container_and_nothing_else(azure: Azure) -> None:
    carry_out(azure)
    grants = [change for change in Fake.changes if "roleAssignments" in change]
    (grant,) = grants
    assert grant.startswith(f"PUT {WANTED.blobs}/providers/Microsoft.Authorization/")
    properties = Fake.store[grant.removeprefix("PUT ")]["properties"]
    assert properties["roleDefinitionId"].endswith(setup_azure.READER)


def test_a_self_managed_secret_is_shown_once(azure: Azure) -> None:
    wanted = Wanted(SUBSCRIPTION, "acmecosts", identity="self-managed")
    carry_out(azure, wanted)
    (note,) = azure.notes
    assert "AZURE_CLIENT_SECRET=hush" in note
    assert carry_out(azure, wanted) == []
    assert len(azure.notes) == 1


def test_subscriptions_that_cannot_export_are_refused(azure: Azure) -> None:
    Fake.agreement = "MicrosoftOnlineServicesProgram"
    with pytest.raises(CloudbillError, match="pay-as-you-go by card"):
        list(plan(azure, WANTED))
    with pytest.raises(CloudbillError, match="is not a subscription id"):
        list(plan(azure, Wanted("../../x", "acmecosts")))
    Fake.store.clear()
    with pytest.raises(CloudbillError, match="There is no subscription"):
        list(plan(azure, WANTED))
    assert Fake.changes == []


def test_what_azure_refuses_is_a_sentence(azure: Azure) -> None:
    Fake.denied = "exports"
    with pytest.raises(CloudbillError, match="403 AuthorizationFailed: may not do this") as error:
        carry_out(azure)
    assert "docs/exports/azure.md" in str(error.value)


def test_the_command_shows_its_plan_and_the_entries_for_bills_yml(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup_azure, "default_credential", Credential)
    options = ["setup", "azure", "--subscription", SUBSCRIPTION, "--storage-account", "acmecosts"]
    options += ["--arm-endpoint", azure.arm, "--graph-endpoint", azure.graph]
    dry = CliRunner().invoke(cli.app, [*options, "--dry-run"])
    assert dry.exit_code == 0, dry.output
    assert Fake.changes == []
    done = CliRunner().invoke(cli.app, [*options, "--yes"])
    assert done.exit_code == 0, done.output
    assert len(Fake.changes) == 10


def test_without_credentials_it_says_one_sentence(
    azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Nobody:
        def get_token(self, *_: object, **__: object) -> None:
            raise ClientAuthenticationError("tried\n\tthis\n\tand that")

    monkeypatch.setattr(setup_azure, "default_credential", Nobody)
    options = ["setup", "azure", "--subscription", SUBSCRIPTION, "--storage-account", "acmecosts"]
    options += ["--arm-endpoint", azure.arm, "--graph-endpoint", azure.graph, "--dry-run"]
    done = CliRunner().invoke(cli.app, options)
    assert done.exit_code == 1
    assert done.output.count("\n") == 1 and "log in with `az login`" in done.output
