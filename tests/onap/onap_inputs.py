# SPDX-License-Identifier: Apache-2.0
"""What ONAP Multicloud hands to its plugin, in the form in which it makes it of A&AI and Nova."""

from __future__ import annotations

from typing import Any

PASSWORD = "a-very-secret-password"  # noqa: S105 - looked for in all that is logged
TOKEN = "gAAAAAB-token-text"  # noqa: S105 - no real one


def flavor(**more: Any) -> dict[str, Any]:
    """A flavor as /flavors/detail shows it before microversion 2.61."""
    return {
        "id": "5f1c7a52-0f0d-4b6f-9d0e-6c2f2c6f7a02",
        "name": "onap.upf",
        "vcpus": 8,
        "ram": 16384,
        "disk": 20,
        "swap": "",
        "OS-FLV-EXT-DATA:ephemeral": 0,
        "os-flavor-access:is_public": True,
        "OS-FLV-DISABLED:disabled": False,
        "links": [],
        **more,
    }


def viminfo(**more: Any) -> dict[str, Any]:
    """What Multicloud's get_vim_by_id makes."""
    return {
        "vimId": "CloudOwner_RegionOne",
        "resource-version": "1541421198000",
        "cloud_owner": "CloudOwner",
        "cloud_region_id": "RegionOne",
        "type": "openstack",
        "name": "clli1",
        "version": "titanium_cloud",
        "cloud_extra_info": '{"ovsDpdk":{"version":"v1","arch":"Intel64",'
        '"libname":"dataProcessingAccelerationLibrary","libversion":"12.1"},"token":"' + TOKEN + '"}',
        "userName": "admin",
        "password": PASSWORD,
        "domain": "Default",
        "url": "http://192.0.2.7:5000/v3",
        "tenant": "admin",
        "cacert": "",
        "insecure": True,
        "complex-name": "clli1",
        "openstack_region_id": "RegionOne",
        **more,
    }


def data(extra_specs: Any = None, **more: Any) -> dict[str, Any]:
    """The argument of get_hpa_capabilities. Without extra specs the flavor has none."""
    specs = {} if extra_specs is None else extra_specs
    return {"flavor": flavor(), "extra_specs": specs, "viminfo": viminfo(), "vimtype": "titanium_cloud", **more}
