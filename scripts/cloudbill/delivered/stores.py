"""Object stores: how each is reached, with whose credentials, and what its errors mean."""

import logging
import os
import re
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from obstore import exceptions
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from cloudbill.errors import CloudbillError

STORES = {"s3": "Amazon S3", "az": "Azure Blob Storage", "abfss": "Azure Blob Storage",
          "gs": "Google Cloud Storage"}  # fmt: skip
HELP = {
    "s3": "`aws sts get-caller-identity` shows who you are; docs/exports/aws.md has the policy",
    "az": "`az account show` shows who you are; docs/exports/azure.md has the role",
    "abfss": "`az account show` shows who you are; docs/exports/azure.md has the role",
    "gs": "`gcloud auth list` shows who you are; docs/exports/gcp.md has the role",
}
LOGIN = {
    "s3": "aws sso login",
    "az": "az login",
    "abfss": "az login",
    "gs": "gcloud auth application-default login",
}
# Amazon S3, "Error responses"; Azure Storage, "Common REST API error codes".
NO_CREDENTIALS = ("ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch",
                  "AuthenticationFailed", "invalid_grant", "credential")  # fmt: skip
STATUS = re.compile(r"status code: (\d{3})")
"""What obstore says of an answer that is an error."""
ADDRESS = re.compile(r"\w+://\S+")
NO_BUCKET = ("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist")
NOT_FOUND = (exceptions.NotFoundError, FileNotFoundError)


def store_of(scheme: str, address: str, endpoint: str | None) -> ObjectStore:
    """The store of an address, with the credentials that the cloud's own default chain finds."""
    host = urlsplit(address).netloc
    if not host:
        raise CloudbillError(f"{address} names no bucket: correct the location in bills.yml.")
    options: dict[str, Any] = {
        "retry_config": {"max_retries": 5, "retry_timeout": timedelta(minutes=3)},
    }
    environment = {name.upper(): value for name, value in os.environ.items() if value}
    if scheme == "s3":
        endpoint = endpoint or environment.get("AWS_ENDPOINT_URL_S3") or environment.get(
            "AWS_ENDPOINT_URL"
        )  # fmt: skip
        config: Any = {"endpoint": endpoint} if endpoint else {}
        if not environment.get("AWS_SKIP_SIGNATURE") and find_spec("boto3"):
            from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415

            options["credential_provider"] = Boto3CredentialProvider()
        if not (environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")):
            config["region"] = "us-east-1" if endpoint else _region_of(host)
        return S3Store(host, config=config, client_options=_client(endpoint), **options)
    if scheme == "gs":
        # The variable of Google's own libraries, which are anonymous with it.
        endpoint = endpoint or environment.get("STORAGE_EMULATOR_HOST")
        if endpoint:
            options["config"] = {"base_url": endpoint.rstrip("/"), "skip_signature": True}
        elif find_spec("google.auth") if find_spec("google") else None:
            from obstore.auth.google import GoogleCredentialProvider  # noqa: PLC0415

            options["credential_provider"] = GoogleCredentialProvider()
        return GCSStore(host, client_options=_client(endpoint), **options)
    container, _, account_host = host.partition("@")
    account = account_host.partition(".")[0] or environment.get("AZURE_STORAGE_ACCOUNT_NAME")
    account = account or environment.get("AZURE_STORAGE_ACCOUNT")
    if not account:
        raise CloudbillError(
            f"{address} names no storage account: write"
            f" abfss://{container}@ACCOUNT.dfs.core.windows.net/..., or set"
            " AZURE_STORAGE_ACCOUNT_NAME."
        )
    endpoint = endpoint or environment.get("AZURE_STORAGE_ENDPOINT")
    config = {"account_name": account} | ({"endpoint": endpoint} if endpoint else {})
    keys = ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN",
            "AZURE_STORAGE_SAS_KEY", "AZURE_SKIP_SIGNATURE")  # fmt: skip
    if not any(environment.get(key) for key in keys):
        if find_spec("azure") and find_spec("azure.identity"):
            from azure.identity import DefaultAzureCredential  # noqa: PLC0415
            from obstore.auth.azure import AzureCredentialProvider  # noqa: PLC0415

            # What it tried, one line for each; ours is one sentence.
            logging.getLogger("azure").setLevel(logging.CRITICAL)
            options["credential_provider"] = AzureCredentialProvider(DefaultAzureCredential())
        elif not environment.get("AZURE_CLIENT_ID"):
            config["use_azure_cli"] = "true"
    return AzureStore(container, config=config, client_options=_client(endpoint), **options)


def _client(endpoint: str | None) -> Any:
    options: dict[str, Any] = {"timeout": timedelta(minutes=5)}
    if endpoint and endpoint.startswith("http://"):
        options["allow_http"] = True
    return options


def _region_of(bucket: str) -> str:
    """Amazon S3, "HeadBucket": every answer names the bucket's region, even a refusal."""
    from urllib.error import HTTPError  # noqa: PLC0415
    from urllib.request import Request, urlopen  # noqa: PLC0415

    request = Request(f"https://s3.amazonaws.com/{bucket}", method="HEAD")
    try:
        with urlopen(request, timeout=10) as answer:
            headers = answer.headers
    except HTTPError as error:
        headers = error.headers
    except OSError:
        return "us-east-1"
    return str(headers.get("x-amz-bucket-region") or "us-east-1")


def sentence(address: str, error: Exception) -> CloudbillError:
    """What an error of a store means, and what to do."""
    scheme = address.partition("://")[0]
    # A bucket, a folder or a port may be called 401, or credentials.
    said = ADDRESS.sub("", str(error))
    found = STATUS.search(said)
    status = found[1] if found else None
    denied = isinstance(error, exceptions.PermissionDeniedError) or status == "403"
    unknown = isinstance(error, exceptions.UnauthenticatedError) or status == "401"
    if unknown or any(sign in said for sign in NO_CREDENTIALS):
        return CloudbillError(
            f"{address}: {STORES[scheme]} takes no credentials that were found, or they have"
            f" expired: log in again (`{LOGIN[scheme]}`) or renew them."
        )
    if denied:
        return CloudbillError(
            f"{address}: no permission to list or read it: {HELP[scheme]} that it takes."
        )
    if isinstance(error, NOT_FOUND):
        return CloudbillError(f"{address} does not exist: correct the location in bills.yml.")
    first = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return CloudbillError(f"{address}: {STORES[scheme]} cannot be reached: {first[:300]}")
