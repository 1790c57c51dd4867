# SPDX-License-Identifier: Apache-2.0
"""The seam to openstacksdk: clouds.yaml and OS_* in, answers of a compute API out.

Nothing of openstacksdk goes past this module: it is imported on use, as it is
an optional extra, and all that it raises becomes a SourceError that says what
was being done, on which cloud, and what can be done about it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpa_discovery.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openstack.config.cloud_region import CloudRegion
    from openstack.connection import Connection

# What a flavor shows is the same from 2.75 to 2.101; 2.86 is well within and was run against Nova 34.
NEWEST_MICROVERSION = (2, 86)
RETRIES = 2
RETRIED = (502, 503, 504)
ENVIRONMENT = "envvars"  # openstacksdk's own name for the cloud of the OS_* variables


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status and the JSON body (None when it is not JSON)."""

    status: int
    body: Any

    def describe(self) -> str:
        """The status with the server's own words, where it has some."""
        fault = next(iter(self.body.values()), None) if isinstance(self.body, dict) else None
        message = fault.get("message") if isinstance(fault, dict) else None
        return f"{self.status} ({str(message)[:300]})" if message else str(self.status)


class OpenStackCompute:
    """The compute API of one cloud; see sources.openstack.Compute."""

    def __init__(self, connection: Connection, cloud: str) -> None:
        self.cloud = cloud
        with _translated("connecting to", cloud):
            self._adapter = connection.compute
            self.microversion = _negotiate(self._adapter)

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to GET `path`, tried again where the server or the way there was busy."""
        version = None if self.microversion is None else "{}.{}".format(*self.microversion)
        with _translated(f"reading {path} of", self.cloud):
            response = self._adapter.get(
                path,
                params=dict(query),
                microversion=version,
                raise_exc=False,
                connect_retries=RETRIES,
                status_code_retries=RETRIES,
                retriable_status_codes=RETRIED,
            )
        try:
            return Answer(response.status_code, response.json())
        except (ValueError, RecursionError):
            return Answer(response.status_code, None)


@contextmanager
def connect(cloud: str | None, timeout: float) -> Iterator[OpenStackCompute]:
    """The compute API of `cloud`, closed at the end; SourceError when it cannot be reached or logged in to."""
    region = _configured(cloud, timeout)
    title = _title(cloud or region.name)
    with _translated("connecting to", title):
        connection = _sdk().connection.Connection(config=region, app_name="hpa-discovery")
    try:
        yield OpenStackCompute(connection, title)
    finally:
        connection.close()


def _sdk() -> Any:
    try:
        import openstack.config  # noqa: PLC0415 - an optional extra, and slow to import
        import openstack.connection  # noqa: PLC0415
    except ImportError as error:
        raise SourceError(
            "reading a live OpenStack cloud needs openstacksdk, which is not installed: "
            "pip install 'hpa-discovery[openstack]'"
        ) from error
    return openstack


def _title(name: str | None) -> str:
    return f"cloud {name!r}" if name and name not in {ENVIRONMENT, "defaults"} else "the cloud of the OS_* variables"


def _configured(cloud: str | None, timeout: float) -> CloudRegion:
    openstack = _sdk()
    with _translated("looking up", _title(cloud)):
        loader = openstack.config.OpenStackConfig()
        names = sorted(loader.get_cloud_names())
    if cloud and cloud not in names:
        _refuse_name(cloud, names)
    with _translated("looking up", _title(cloud)):
        region: CloudRegion = loader.get_one(cloud=cloud or None)
    if region.config.get("api_timeout") is None:
        region.config["api_timeout"] = timeout
    return region


def _refuse_name(cloud: str, names: list[str]) -> None:
    if cloud == ENVIRONMENT:
        raise SourceError(
            "the cloud of the OS_* variables: none is set; set OS_AUTH_URL and the rest, or name a cloud of clouds.yaml"
        )
    known = ", ".join(name for name in names if name != "defaults") or "none; there is no clouds.yaml, or it is empty"
    raise SourceError(f"cloud {cloud!r} is not in clouds.yaml; known clouds: {known}")


def _negotiate(adapter: Any) -> tuple[int, int] | None:
    """The newest microversion both sides know, at most clouds.yaml's compute_default_microversion."""
    from openstack.utils import maximum_supported_microversion  # noqa: PLC0415 - see _sdk

    wanted = NEWEST_MICROVERSION
    if adapter.default_microversion:
        wanted = min(wanted, _version(adapter.default_microversion))
    agreed = maximum_supported_microversion(adapter, "{}.{}".format(*wanted))
    return _version(agreed) if agreed else None


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    try:
        return int(major), int(minor)
    except ValueError as error:
        raise SourceError(f"compute microversion {text!r} is not of the form 2.61") from error


@contextmanager
def _translated(doing: str, cloud: str) -> Iterator[None]:
    """Turn what openstacksdk and keystoneauth raise into SourceError."""
    from keystoneauth1.exceptions.base import ClientException  # noqa: PLC0415 - see _sdk
    from openstack.exceptions import SDKException  # noqa: PLC0415

    try:
        yield
    except (SDKException, ClientException) as error:
        raise SourceError(f"{doing} {cloud}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    from keystoneauth1 import exceptions as ksa  # noqa: PLC0415 - see _sdk
    from openstack.exceptions import ConfigException, ServiceDisabledException  # noqa: PLC0415

    said = " ".join(str(error).split())[:400] or type(error).__name__
    # The first that fits counts, so the narrow ones stand first.
    reasons: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
        ((ksa.Unauthorized,), "the login was refused; check user name, password, project and domains"),
        ((ksa.SSLError,), "its certificate is not trusted; give the CA as `cacert` in clouds.yaml or as OS_CACERT"),
        ((ksa.ConnectTimeout,), "it did not answer in time"),
        ((ksa.ConnectionError, ksa.DiscoveryFailure, ksa.InvalidResponse), "it cannot be reached; check auth_url"),
        ((ksa.EndpointNotFound, ServiceDisabledException), "it has no compute endpoint; check region and interface"),
        ((ksa.MissingRequiredOptions,), "its credentials are incomplete; see clouds.yaml or the OS_* variables"),
        ((ksa.AuthPluginException, ConfigException), "its configuration cannot be used"),
    )
    advice = next((text for kinds, text in reasons if isinstance(error, kinds)), "the request failed")
    return f"{advice} ({said})"
