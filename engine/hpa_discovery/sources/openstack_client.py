# SPDX-License-Identifier: Apache-2.0
"""The seam to openstacksdk and keystoneauth: a cloud in, answers of its compute API out.

A cloud comes in one of two ways. `connect` takes what the user of this machine has in
clouds.yaml or OS_*: openstacksdk makes the connections, with that user's proxies and
CA files, and the rules of egress do not apply. `connect_values` takes the values of a
region, which somebody else may have given: each request goes through connectors, by
the rules for the kind `cloud`, to Keystone and to every origin that its catalog names.

Nothing of openstacksdk goes past this module: it is imported on use, as it is
an optional extra, and all that it raises becomes a SourceError that says what
was being done, on which cloud, and what can be done about it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import closing, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hpa_discovery.connectors.client import EndpointSettings
from hpa_discovery.connectors.redaction import shown, without
from hpa_discovery.connectors.reply import MOST_JSON
from hpa_discovery.errors import ConnectorError, SourceError
from hpa_discovery.sources.openstack_answers import Answer, advice, in_one_line, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from keystoneauth1.adapter import Adapter
    from keystoneauth1.identity.base import BaseIdentityPlugin
    from openstack.config.cloud_region import CloudRegion
    from requests import Response

    from hpa_discovery.connectors.client import HttpClient
    from hpa_discovery.sources.openstack_values import CloudValues

# What a flavor shows is the same from 2.75 to 2.101; 2.86 is well within and was run against Nova 34.
NEWEST_MICROVERSION = (2, 86)
RETRIES = 2
RETRIED = (502, 503, 504)
_HIDDEN = frozenset((401, 403, 404))
_HINTS: Mapping[str, str] = {
    "connect": "; check that it is up, and the host and port of its URL",
    "timeout": "; check that it is up and what makes it slow",
    "protocol": "; see its log, and what stands before it",
    "too_large": "; see what answers in its place",
}
_REFUSED = "the login was refused; check user name, password, project and domains; an expired token must be replaced"
_NO_ENDPOINT = "it has no compute endpoint; check region and interface, and the URL in its catalog"
_SILENT = logging.NullHandler()
ENVIRONMENT = "envvars"  # openstacksdk's own name for the cloud of the OS_* variables


class OpenStackCompute:
    """The compute API of one cloud; see sources.openstack.Compute."""

    def __init__(
        self, adapter: Adapter, cloud: str, configured: str | None, retries: int, hide: Callable[[str], str] = str
    ) -> None:
        self.cloud = cloud
        self.microversion: tuple[int, int] | None = None
        self._adapter = adapter
        self._retries = retries
        self._hide = hide
        with _translated("connecting to", cloud, hide):
            self.microversion = _negotiate(adapter, configured, cloud)
            if self.microversion is None:
                self._check_age()

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to GET `path`, tried again where the server or the way there was busy."""
        version = None if self.microversion is None else "{}.{}".format(*self.microversion)
        with _translated(f"reading {path} of", self.cloud, self._hide):
            response = self._adapter.get(
                path,
                params=dict(query),
                microversion=version,
                raise_exc=False,
                connect_retries=self._retries,
                status_code_retries=self._retries,
                retriable_status_codes=RETRIED,
            )
        return read_answer(response, self._hide)

    def _check_age(self) -> None:
        """SourceError unless it is an old server, or one that hides its version document.

        keystoneauth takes any answer without a version for an old server, a page of maintenance too.
        """
        answer = self.get("/", {})
        if answer.status not in _HIDDEN and not (answer.status == 200 and isinstance(answer.body, dict)):
            raise SourceError(
                f"connecting to {self.cloud}: asked for its version, the compute API answered {answer.describe()}; "
                f"{advice(answer.status, 'the URL in the catalog')}"
            )

    def close(self) -> None:
        """Give the connections back."""
        self._adapter.session.session.close()


@contextmanager
def connect(cloud: str | None, timeout: float) -> Iterator[OpenStackCompute]:
    """The compute API of `cloud`, closed at the end; SourceError when it cannot be reached or logged in to."""
    region = _configured(cloud, timeout)
    title = _title(cloud or region.name)
    with _translated("connecting to", title):
        adapter = _adapter(region)
    with closing(OpenStackCompute(adapter, title, region.get_default_microversion("compute"), RETRIES)) as compute:
        yield compute


@contextmanager
def connect_values(values: CloudValues, http: HttpClient) -> Iterator[OpenStackCompute]:
    """The compute API of a cloud given by values, reached only as `http` allows; SourceError as in `connect`.

    `http` tries again what may be tried again, so that nothing is repeated here.
    """
    _sdk()
    # What it logs for those who look for faults are whole answers, and a server may repeat a password in one.
    logging.getLogger("keystoneauth").setLevel(logging.WARNING)
    title = _title(values.name)
    with _translated("connecting to", title):
        login = _login(values)
        adapter = _adapter_of_values(values, http, login)
    with closing(OpenStackCompute(adapter, title, None, 0, _hiding(values, login))) as compute:
        yield compute


def is_installed() -> bool:
    """Whether openstacksdk is; it is not imported for that."""
    return find_spec("openstack") is not None


def _sdk() -> Any:
    try:
        import openstack.config  # noqa: PLC0415 - an optional extra, and slow to import
    except ImportError as error:
        raise SourceError(
            "reading a live OpenStack cloud needs openstacksdk, which is not installed: "
            "pip install 'hpa-discovery[openstack]'"
        ) from error
    for name in ("keystoneauth", "openstack"):
        # Without a handler Python writes their warnings of each retry to stderr, beside our own message.
        logging.getLogger(name).addHandler(_SILENT)
    return openstack


def _title(name: str | None) -> str:
    return f"cloud {name!r}" if name and name not in {ENVIRONMENT, "defaults"} else "the cloud of the OS_* variables"


def _configured(cloud: str | None, timeout: float) -> CloudRegion:
    openstack = _sdk()
    with _translated("looking up", _title(cloud)), _clouds_file_checked():
        loader = openstack.config.OpenStackConfig()
        names = sorted(loader.get_cloud_names())
    if cloud and cloud not in names:
        _refuse_name(cloud, names)
    with _translated("looking up", _title(cloud)), _clouds_file_checked():
        region: CloudRegion = loader.get_one(cloud=cloud or None)
    if region.config.get("api_timeout") is None:
        region.config["api_timeout"] = timeout
    return region


@contextmanager
def _clouds_file_checked() -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # openstacksdk takes the form of clouds.yaml for granted, and stumbles where it is another.
        form = "clouds: {NAME: {auth: {...}, region_name: ...}}"
        raise SourceError(f"reading clouds.yaml: it is not of the form {form} ({error})") from error


def _refuse_name(cloud: str, names: list[str]) -> None:
    if cloud == ENVIRONMENT:
        raise SourceError(
            "the cloud of the OS_* variables: none is set; set OS_AUTH_URL and the rest, or name a cloud of clouds.yaml"
        )
    known = ", ".join(name for name in names if name != "defaults") or "none; there is no clouds.yaml, or it is empty"
    raise SourceError(f"cloud {cloud!r} is not in clouds.yaml; known clouds: {known}")


def _adapter(region: CloudRegion) -> Adapter:
    from keystoneauth1.adapter import Adapter  # noqa: PLC0415 - see _sdk

    # Not openstacksdk's own proxy: it needs a Connection, and all we want is the JSON as it came.
    return Adapter(
        session=region.get_session(),
        service_type=region.get_service_type("compute"),
        service_name=region.get_service_name("compute"),
        interface=region.get_interface("compute"),
        region_name=region.get_region_name("compute"),
        endpoint_override=region.get_endpoint("compute"),
        min_version="2",
        max_version="2.latest",
    )


def _adapter_of_values(values: CloudValues, http: HttpClient, login: BaseIdentityPlugin) -> Adapter:
    from keystoneauth1.adapter import Adapter  # noqa: PLC0415 - see _sdk
    from keystoneauth1.session import Session  # noqa: PLC0415 - slow to import

    session = http.endpoint(EndpointSettings("cloud", values.auth_url, ca=values.ca)).session()
    session.hooks["response"].append(_refuse_too_large)
    return Adapter(
        session=Session(auth=login, session=session, redirect=False),
        service_type="compute",
        interface=values.interface,
        region_name=values.region_name,
        min_version="2",
        max_version="2.latest",
    )


def _refuse_too_large(response: Response, **_: Any) -> None:
    """A hook of requests: what is refused here is parsed by nobody."""
    if len(response.content) > MOST_JSON:
        asked = f"{response.request.method} {shown(response.url)}"
        raise ConnectorError("too_large", f"{asked}: the answer has more than {MOST_JSON} bytes", sent=True)


def _login(values: CloudValues) -> BaseIdentityPlugin:
    from keystoneauth1.identity import v3  # noqa: PLC0415 - see _sdk

    plugins: dict[str, Callable[..., BaseIdentityPlugin]] = {
        "password": v3.Password,
        "token": v3.Token,
        "application_credential": v3.ApplicationCredential,
    }
    return plugins[values.method](values.auth_url, **values.credential)


def _hiding(values: CloudValues, login: BaseIdentityPlugin) -> Callable[[str], str]:
    """What takes secrets out of a text: a server may repeat in its message what it was sent."""

    def hide(text: str) -> str:
        token = login.auth_ref.auth_token if login.auth_ref is not None else ""
        return without(text, (each for each in (values.secret, token) if isinstance(each, str)))

    return hide


def _negotiate(adapter: Adapter, configured: str | None, cloud: str) -> tuple[int, int] | None:
    """The newest microversion both sides know, at most clouds.yaml's compute_default_microversion."""
    endpoint = adapter.get_endpoint_data()
    if endpoint is None:
        raise SourceError(f"connecting to {cloud}: {_NO_ENDPOINT}")
    wanted = min(NEWEST_MICROVERSION, _version(configured)) if configured else NEWEST_MICROVERSION
    if not endpoint.max_microversion or wanted < _pair(endpoint.min_microversion or (0, 0)):
        return None
    return min(wanted, _pair(endpoint.max_microversion))


def _pair(version: Any) -> tuple[int, int]:
    from keystoneauth1.discover import normalize_version_number  # noqa: PLC0415 - see _sdk

    major, minor = normalize_version_number(version)[:2]
    return (int(major), int(minor))


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    try:
        return int(major), int(minor)
    except ValueError as error:
        raise SourceError(f"compute microversion {text!r} is not of the form 2.61") from error


@contextmanager
def _translated(doing: str, cloud: str, hide: Callable[[str], str] = str) -> Iterator[None]:
    """Turn what connectors, openstacksdk and keystoneauth raise into SourceError."""
    from keystoneauth1.exceptions.base import ClientException  # noqa: PLC0415 - see _sdk
    from openstack.exceptions import SDKException  # noqa: PLC0415 - slow to import

    try:
        yield
    except ConnectorError as error:
        raise SourceError(f"{doing} {cloud}: {hide(str(error))}{_HINTS.get(error.kind, '')}") from error
    except (SDKException, ClientException) as error:
        raise SourceError(f"{doing} {cloud}: {_reason(error, hide)}") from error
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        # keystoneauth takes the form of tokens, catalogs and version documents for granted. What it stumbles
        # over may hold a token, so only the kind of the error is told.
        said = "it answers otherwise than Keystone and Nova do; check auth_url and the URL in its catalog"
        raise SourceError(f"{doing} {cloud}: {said} ({type(error).__name__})") from None


def _reason(error: Exception, hide: Callable[[str], str]) -> str:
    from keystoneauth1 import exceptions as ksa  # noqa: PLC0415 - see _sdk
    from openstack.exceptions import ConfigException  # noqa: PLC0415 - slow to import

    response = getattr(error, "response", None)
    if isinstance(error, ksa.InvalidResponse | ksa.HttpError) and response is not None:
        answer = read_answer(response, hide)
        told = advice(answer.status, "auth_url")
        if answer.status in {400, 401, 404}:  # 404: Keystone's answer to a token that it does not know any more
            told = _REFUSED if answer.status != 404 else f"{_REFUSED}; {told}"
        return f"asked for a token, Keystone answered {answer.describe()}; {told}"
    said = in_one_line(hide(str(error)))[:400] or type(error).__name__
    # The first that fits counts, so the narrow ones stand first.
    reasons: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
        ((ksa.Unauthorized, ksa.BadRequest), _REFUSED),
        ((ksa.SSLError,), "its certificate is not trusted; give the CA as `cacert` in clouds.yaml or as OS_CACERT"),
        ((ksa.ConnectTimeout,), "it did not answer in time"),
        ((ksa.ConnectionError, ksa.DiscoveryFailure), "it cannot be reached; check auth_url"),
        ((ksa.EmptyCatalog,), "the login is for no project; give project_id, or project_name and project_domain_name"),
        ((ksa.EndpointNotFound,), _NO_ENDPOINT),
        ((ksa.MissingRequiredOptions,), "its credentials are incomplete; see clouds.yaml or the OS_* variables"),
        ((ksa.AuthPluginException, ConfigException), "its configuration cannot be used"),
    )
    reason = next((text for kinds, text in reasons if isinstance(error, kinds)), "the request failed")
    return f"{reason} ({said})"
