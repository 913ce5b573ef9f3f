"""`cloudbill setup azure`: the cost exports of a subscription, and the identity that reads them.

A plan is made first, from what is there already; carrying it out twice changes nothing. Plain
requests through Azure's own pipeline (retries, tokens) keep the API versions in sight.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
from azure.core.rest import HttpRequest
from azure.identity import DefaultAzureCredential

from cloudbill.errors import USAGE, CloudbillError

ARM = "https://management.azure.com"
GRAPH = "https://graph.microsoft.com"

# Microsoft, "Azure built-in roles": Storage Blob Data Reader.
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
VERSIONS = {
    "subscription": "2022-12-01",
    "billing": "2024-04-01",
    "providers": "2021-04-01",
    "groups": "2021-04-01",
    "storage": "2023-05-01",
    "exports": "2025-03-01",
    "roles": "2022-04-01",
}
# Microsoft, "Cost Management exports": what pay-as-you-go subscriptions cannot export.
REFUSED = "MicrosoftOnlineServicesProgram"
DATASETS = {"actual": "ActualCost", "amortized": "AmortizedCost"}
IDENTITY = Literal["managed", "self-managed"]


@dataclass(frozen=True)
class Wanted:
    """What is to be there in the end."""

    subscription: str
    storage_account: str
    resource_group: str = "cloudbill"
    region: str = "westeurope"
    container: str = "cost-exports"
    name: str = "cloudbill"
    identity: IDENTITY = "managed"
    file_format: Literal["Csv", "Parquet"] = "Csv"

    @property
    def root(self) -> str:
        """The subscription's path."""
        return f"/subscriptions/{self.subscription}"

    @property
    def group(self) -> str:
        """The resource group's path."""
        return f"{self.root}/resourceGroups/{self.resource_group}"

    @property
    def account(self) -> str:
        """The storage account's path."""
        return f"{self.group}/providers/Microsoft.Storage/storageAccounts/{self.storage_account}"

    @property
    def blobs(self) -> str:
        """The container's path: all that the identity may read."""
        return f"{self.account}/blobServices/default/containers/{self.container}"


@dataclass(frozen=True)
class Step:
    """One thing to make, or one that is there already."""

    what: str
    is_done: bool
    carry_out: Callable[[], None] = lambda: None


@dataclass
class Azure:
    """Azure Resource Manager and Microsoft Graph."""

    credential: TokenCredential
    arm: str = ARM
    graph: str = GRAPH
    notes: list[str] = field(default_factory=list)
    """What the user is told once."""

    def call(
        self, method: str, path: str, version: str | None = None, body: Any = None
    ) -> tuple[int, Any]:
        """Status and answer of a request; errors are sentences, but for what is not there."""
        base = self.arm if version else self.graph
        policy = BearerTokenCredentialPolicy(self.credential, f"{base}/.default")
        client: Any = PipelineClient(base, policies=[RetryPolicy(), policy])
        query = f"?api-version={version}" if version else ""
        request = HttpRequest(method, f"{base}{path}{query}", json=body)
        # Tokens go over plain HTTP to this machine only: to a test's server.
        is_local = base.startswith("http://127.0.0.1:")
        try:
            with client:
                response = client.send_request(request, enforce_https=not is_local)
                response.read()
        except ClientAuthenticationError:
            raise CloudbillError(
                "Azure takes no credentials that were found, or they have expired: log in with"
                " `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET."
            ) from None
        except AzureError as error:
            first = str(error).splitlines()[0]
            raise CloudbillError(f"Azure cannot be asked: {first} (try `az login`).") from None
        answer = response.json() if response.content else {}
        if response.status_code >= 400 and response.status_code != 404:
            told = answer.get("error", {}) if isinstance(answer, dict) else {}
            if told.get("code") != "RoleAssignmentExists":
                raise CloudbillError(
                    f"{method} {path}: Azure says {response.status_code}"
                    f" {told.get('code', '')}: {told.get('message', '')}".rstrip(": ")
                    + "; docs/exports/azure.md lists the roles that this takes."
                )
        return response.status_code, answer

    def get(self, path: str, version: str | None = None) -> Any:
        """What is at a path; None when nothing is."""
        status, answer = self.call("GET", path, version)
        return None if status == 404 else answer


def default_credential() -> TokenCredential:
    """The environment's, a managed identity's, or that of `az login`."""
    # What it tried, one line for each; ours is one sentence.
    logging.getLogger("azure").setLevel(logging.CRITICAL)
    return DefaultAzureCredential()


def plan(azure: Azure, wanted: Wanted) -> Iterator[Step]:
    """The steps in their order; what refuses the whole is an error before the first."""
    check_subscription(azure, wanted)
    yield registered(azure, wanted, "Microsoft.CostManagementExports")
    yield registered(azure, wanted, "Microsoft.Storage")
    yield made(
        azure, f"resource group {wanted.resource_group}", wanted.group, "groups",
        {"location": wanted.region},
    )  # fmt: skip
    yield made(
        azure,
        f"storage account {wanted.storage_account} (no public access, TLS 1.2)",
        wanted.account,
        "storage",
        {
            "location": wanted.region,
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
            "properties": {
                "allowBlobPublicAccess": False,
                "minimumTlsVersion": "TLS1_2",
                "supportsHttpsTrafficOnly": True,
            },
        },
    )
    yield made(azure, f"container {wanted.container}", wanted.blobs, "storage", {"properties": {}})
    for dataset, type_ in DATASETS.items():
        yield export_step(azure, wanted, dataset, type_)
    yield from identity_steps(azure, wanted)


def check_subscription(azure: Azure, wanted: Wanted) -> None:
    """It exists, is enabled, and its agreement has cost exports."""
    try:
        uuid.UUID(wanted.subscription)
    except ValueError:
        raise CloudbillError(
            f"'{wanted.subscription}' is not a subscription id: `az account list` shows yours.",
            USAGE,
        ) from None
    found = azure.get(wanted.root, VERSIONS["subscription"])
    if found is None:
        raise CloudbillError(
            f"There is no subscription {wanted.subscription} that you may see: `az account list`"
            " shows yours."
        )
    if found.get("state") != "Enabled":
        raise CloudbillError(f"Subscription {wanted.subscription} is {found.get('state')}.")
    path = f"{wanted.root}/providers/Microsoft.Billing/billingProperty/default"
    billing = azure.get(path, VERSIONS["billing"]) or {}
    if billing.get("properties", {}).get("billingAccountAgreementType") == REFUSED:
        raise CloudbillError(
            f"Subscription {wanted.subscription} is billed under {REFUSED} (pay-as-you-go by"
            " card), which exports usage only, without amortized cost, prices or commitments:"
            " move it to a Microsoft Customer Agreement first."
        )


def registered(azure: Azure, wanted: Wanted, provider: str) -> Step:
    """A resource provider that the subscription must have registered."""
    path = f"{wanted.root}/providers/{provider}"
    found = azure.get(path, VERSIONS["providers"]) or {}
    return Step(
        f"resource provider {provider}",
        found.get("registrationState") == "Registered",
        lambda: await_state(
            azure, path, "providers", lambda: azure.call(
                "POST", f"{path}/register", VERSIONS["providers"]
            ),
        ),
    )  # fmt: skip


def made(azure: Azure, what: str, path: str, kind: str, body: Any) -> Step:
    """A resource that is made when it is not there, and never changed when it is."""
    return Step(
        what,
        azure.get(path, VERSIONS[kind]) is not None,
        lambda: await_state(
            azure, path, kind, lambda: azure.call("PUT", path, VERSIONS[kind], body)
        ),
    )


def await_state(azure: Azure, path: str, kind: str, act: Callable[[], Any]) -> None:
    """Act, and wait until what that makes is there."""
    act()
    for attempt in range(60):
        found = azure.get(path, VERSIONS[kind])
        if found is not None:
            state = found.get("registrationState") or found.get("properties", {}).get(
                "provisioningState", "Succeeded"
            )
            if state in ("Succeeded", "Registered"):
                return
            if state == "Failed":
                raise CloudbillError(f"Azure could not make {path}.")
        time.sleep(min(0.2 * 1.5**attempt, 10))
    raise CloudbillError(f"Azure is still making {path}: run this again in a few minutes.")


def export_step(azure: Azure, wanted: Wanted, dataset: str, type_: str) -> Step:
    """A daily export of the month to date, each run in place of the one before."""
    name = f"{wanted.name}-{dataset}"
    path = f"{wanted.root}/providers/Microsoft.CostManagement/exports/{name}"
    found = azure.get(path, VERSIONS["exports"])
    settings = {
        "format": wanted.file_format,
        "compressionMode": "gzip" if wanted.file_format == "Csv" else "snappy",
        "dataOverwriteBehavior": "OverwritePreviousReport",
        "partitionData": True,
        "definition": {
            "type": type_,
            "timeframe": "MonthToDate",
            "dataSet": {"granularity": "Daily"},
        },
        "deliveryInfo": {
            "destination": {
                "resourceId": wanted.account,
                "container": wanted.container,
                "rootFolderPath": wanted.name,
            }
        },
    }
    now = datetime.now(UTC)
    schedule = {
        "status": "Active",
        "recurrence": "Daily",
        "recurrencePeriod": {
            "from": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": now.replace(year=now.year + 10, day=1).strftime("%Y-%m-%dT00:00:00Z"),
        },
    }
    body: dict[str, Any] = {"properties": {**settings, "schedule": schedule}}
    if found and "eTag" in found:
        body["eTag"] = found["eTag"]
    there = (found or {}).get("properties", {})
    is_active = there.get("schedule", {}).get("status") == "Active"
    return Step(
        f"daily export {name} of {dataset} cost ({wanted.file_format}, month to date)",
        is_active and holds(there, settings),
        lambda: (azure.call("PUT", path, VERSIONS["exports"], body), None)[1],
    )


def holds(there: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there, whatever else is; Azure changes the case of names."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            holds(there.get(key), value) for key, value in wanted.items()
        )
    return str(there).lower() == str(wanted).lower()


def identity_steps(azure: Azure, wanted: Wanted) -> Iterator[Step]:
    """A service principal that may read the container, and nothing else."""
    filtered = quote(f"displayName eq '{wanted.name}'")
    found: dict[str, Any] = {}
    applications = azure.get(f"/v1.0/applications?$filter={filtered}") or {}
    if listed := applications.get("value"):
        found["application"] = listed[0]
        principal_of(azure, found)

    def make_application() -> None:
        body = {"displayName": wanted.name, "signInAudience": "AzureADMyOrg"}
        found["application"] = azure.call("POST", "/v1.0/applications", body=body)[1]

    def make_principal() -> None:
        if not principal_of(azure, found):
            body = {"appId": found["application"]["appId"]}
            found["principal"] = azure.call("POST", "/v1.0/servicePrincipals", body=body)[1]

    def assignment() -> str:
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"{wanted.blobs}/{found['principal']['id']}/{READER}")
        return f"{wanted.blobs}/providers/Microsoft.Authorization/roleAssignments/{name}"

    def grant() -> None:
        role = f"{wanted.root}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
        properties = {
            "roleDefinitionId": role,
            "principalId": found["principal"]["id"],
            # A principal made a moment ago is not yet known everywhere.
            "principalType": "ServicePrincipal",
        }
        azure.call("PUT", assignment(), VERSIONS["roles"], {"properties": properties})

    def make_secret() -> None:
        path = f"/v1.0/applications/{found['application']['id']}/addPassword"
        body = {"passwordCredential": {"displayName": wanted.name}}
        secret = azure.call("POST", path, body=body)[1]
        azure.notes.append(
            f"AZURE_CLIENT_ID={found['application']['appId']}\n"
            f"AZURE_CLIENT_SECRET={secret['secretText']}\n"
            "This secret is shown once; it is stored nowhere."
        )

    has_principal = "principal" in found
    has_role = has_principal and azure.get(assignment(), VERSIONS["roles"]) is not None
    yield Step(f"application {wanted.name}", "application" in found, make_application)
    yield Step("its service principal", has_principal, make_principal)
    yield Step(
        f"role Storage Blob Data Reader on container {wanted.container} only", has_role, grant
    )
    if wanted.identity == "self-managed":
        has_secret = bool(found.get("application", {}).get("passwordCredentials"))
        yield Step("a secret of the application, shown once", has_secret, make_secret)


def principal_of(azure: Azure, found: dict[str, Any]) -> bool:
    """Note the service principal of an application, if it has one."""
    filtered = quote(f"appId eq '{found['application']['appId']}'")
    listed = (azure.get(f"/v1.0/servicePrincipals?$filter={filtered}") or {}).get("value")
    if listed:
        found["principal"] = listed[0]
    return bool(listed)


def bills_yml(wanted: Wanted) -> str:
    """The entries that read these exports."""
    host = f"{wanted.container}@{wanted.storage_account}.dfs.core.windows.net"
    return "bills:\n" + "".join(
        f"  - name: {wanted.name}-{dataset}\n"
        "    kind: azure_cost\n"
        f"    location: abfss://{host}/{wanted.name}/{wanted.name}-{dataset}\n"
        f"    dataset: {dataset}\n"
        f"    scope: {wanted.name}\n"
        for dataset in DATASETS
    )
