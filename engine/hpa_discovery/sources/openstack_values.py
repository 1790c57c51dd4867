# SPDX-License-Identifier: Apache-2.0
"""An OpenStack cloud as values: where its Keystone is, and with what to log in there.

This is how a region is given by somebody who is not on this machine. So there are
values only: a URL, names, a password, a token, the text of a CA; never a file, a
program or a login plugin of this machine, which clouds.yaml may name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from hpa_discovery.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

Interface = Literal["public", "internal", "admin"]
Method = Literal["password", "token", "application_credential"]

_VALUES_ONLY = "a cloud is given by values, never by files, programs or login plugins of this machine"
_COORDINATES = ("auth_url", "region_name", "interface", "ca")
_USER = ("username", "user_id", "user_domain_name", "user_domain_id")
_PROJECT = ("project_name", "project_id", "project_domain_name", "project_domain_id")
# The names of keystoneauth's v3 plugins, which clouds.yaml uses too.
_CREDENTIALS: dict[Method, tuple[str, ...]] = {
    "password": ("password", *_USER, *_PROJECT),
    "token": ("token", *_PROJECT),
    "application_credential": (
        "application_credential_secret",
        "application_credential_id",
        "application_credential_name",
        *_USER,
    ),
}


@dataclass(frozen=True, slots=True)
class CloudValues:
    """One cloud. `name` is how messages call it; `credential` has the members of its method; `ca` is PEM text."""

    name: str
    auth_url: str
    method: Method
    credential: Mapping[str, str] = field(repr=False)
    region_name: str | None = None
    interface: Interface = "public"
    ca: str = field(default="", repr=False)

    @property
    def secret(self) -> str:
        """The password, the token, or the secret of the application credential."""
        return self.credential[_CREDENTIALS[self.method][0]]


def read_cloud(name: str, coordinates: Mapping[str, Any], credential: Mapping[str, Any]) -> CloudValues:
    """The cloud, or SourceError that says which member cannot be used; values are not repeated.

    `coordinates` are auth_url and, where there are many, region_name and interface
    (public, internal, admin), and ca. `credential` is a password, a token or an
    application credential, with the members that keystoneauth has for it.
    """
    where = read_coordinates(name, coordinates)
    interface: Interface | None = next((each for each in get_args(Interface) if each == where.get("interface")), None)
    method = _method(name, credential)
    texts = _texts(f"credential of {name}", credential, _CREDENTIALS[method])
    return CloudValues(
        name=name,
        auth_url=_of_version_3(where["auth_url"]),
        method=method,
        credential=texts,
        region_name=where.get("region_name"),
        interface=interface or "public",
        ca=where.get("ca", ""),
    )


def read_coordinates(name: str, coordinates: Mapping[str, Any]) -> dict[str, str]:
    """Where the cloud is, also without a credential. SourceError as in `read_cloud`."""
    where = _texts(f"coordinates of {name}", coordinates, _COORDINATES)
    if "auth_url" not in where:
        raise SourceError(f"coordinates of {name}: auth_url is missing, the URL of Keystone")
    if where.get("interface", "public") not in get_args(Interface):
        raise SourceError(f"coordinates of {name}: interface is one of {', '.join(get_args(Interface))}")
    return where


def _of_version_3(auth_url: str) -> str:
    """The URL that ends in /v3: asking Keystone for it would mean sending the password where it points."""
    bare = auth_url.rstrip("/")
    return bare if bare.endswith("/v3") else f"{bare}/v3"


def _method(name: str, credential: Mapping[str, Any]) -> Method:
    methods = [method for method, members in _CREDENTIALS.items() if members[0] in credential]
    if len(methods) != 1:
        secrets = ", ".join(members[0] for members in _CREDENTIALS.values())
        raise SourceError(f"credential of {name}: give exactly one of {secrets}: {_VALUES_ONLY}")
    return methods[0]


def _texts(of: str, given: Mapping[str, Any], allowed: tuple[str, ...]) -> dict[str, str]:
    unknown = sorted(str(key)[:50] for key in given if key not in allowed)
    if unknown:
        raise SourceError(f"{of}: {unknown[0]!r} is not allowed: {_VALUES_ONLY}; allowed are {', '.join(allowed)}")
    for key, value in given.items():
        if not isinstance(value, str) or not value:
            raise SourceError(f"{of}: {key} must be a text that is not empty")
    return dict(given)
