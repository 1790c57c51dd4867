# SPDX-License-Identifier: Apache-2.0
"""What ONAP hands over, as a subject and a context: which members go on, and what is said of what is no such thing."""

from __future__ import annotations

from typing import Any

import pytest

from hpa_discovery.embedded.onap_data import place_of, read_data
from hpa_discovery.errors import DataError

MEMBERS = {"cloud_owner": {}, "cloud_extra_info": {}}
FLAVOR = {"id": "1", "vcpus": 2}


def read(**data: Any) -> Any:
    """The parts of data whose other members are as they should be."""
    whole = {"flavor": FLAVOR, "extra_specs": {"a": "b"}, "viminfo": {"cloud_owner": "o"}, "vimtype": "titanium"}
    return read_data(whole | data, MEMBERS, {"pci_aliases": {}, "vim": {"cloud_owner": "x", "name": "n"}})


def test_the_parts() -> None:
    """Only members that the input contract names go on; what ONAP says goes before what the deployment says."""
    known = read(viminfo={"cloud_owner": "o", "cloud_extra_info": None, "password": "p"})
    assert known.subject == {**FLAVOR, "extra_specs": {"a": "b"}}
    assert known.context == {"pci_aliases": {}, "vim": {"cloud_owner": "o", "name": "n"}, "vimtype": "titanium"}
    assert (known.owner, known.region, known.complete) == ("o", "", True)


@pytest.mark.parametrize(
    ("data", "known", "context"),
    [
        ({"viminfo": None}, {"vim": "text"}, {"vim": {}, "vimtype": "t"}),
        ({"viminfo": None}, {}, {"vim": {}, "vimtype": "t"}),
        ({"vimtype": None}, {}, {"vim": {"cloud_owner": "o"}}),
        ({"vimtype": ""}, {"vimtype": "known"}, {"vim": {"cloud_owner": "o"}, "vimtype": ""}),
    ],
)
def test_what_is_missing_of_the_region(data: Any, known: Any, context: Any) -> None:
    """It may be; then rules see what there is."""
    whole = {"flavor": FLAVOR, "extra_specs": {}, "viminfo": {"cloud_owner": "o"}, "vimtype": "t"} | data
    assert read_data(whole, MEMBERS, known).context == context


@pytest.mark.parametrize("unread", [None, "", "none", "None", "null"])
def test_extra_specs_that_nobody_could_read(unread: Any) -> None:
    """They are not there, rather than empty; those inside the flavor count, if they are an object."""
    assert read(extra_specs=unread).subject == FLAVOR
    assert not read(extra_specs=unread).complete
    assert read(extra_specs=unread, flavor={**FLAVOR, "extra_specs": "none"}).subject == FLAVOR
    inside = {**FLAVOR, "extra_specs": {"c": "d"}}
    assert read(extra_specs=unread, flavor=inside).subject == inside
    assert read(flavor=inside).subject["extra_specs"] == {"a": "b"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"flavor": None}, "flavor is missing or None; an object is needed"),
        ({"flavor": "x"}, "flavor is a str; an object is needed"),
        ({"viminfo": [1]}, "viminfo is a list; an object is needed"),
        ({"vimtype": 7}, "vimtype is a int; a text is needed"),
        ({"extra_specs": "some"}, "extra_specs is a str; an object is needed, or None where it could not be read"),
        ({"extra_specs": []}, "extra_specs is a list; an object is needed, or None where it could not be read"),
    ],
)
def test_what_is_no_such_thing(data: Any, message: str) -> None:
    """The message names the member, what it is, and what is needed."""
    with pytest.raises(DataError) as caught:
        read(**data)
    assert str(caught.value) == message


def test_what_is_no_data_at_all() -> None:
    """Something else than an object was handed over."""
    with pytest.raises(DataError) as caught:
        read_data(None, MEMBERS, {})
    needed = "an object with flavor, extra_specs, viminfo, vimtype is needed"
    assert str(caught.value) == f"the data is missing or None; {needed}"


@pytest.mark.parametrize(
    ("vim", "place"),
    [
        ({"cloud_owner": "o", "cloud_region_id": "r", "vimId": "a_b"}, ("o", "r")),
        ({"cloud_owner": "o", "vimId": "a_b_c"}, ("a", "b_c")),
        ({"cloud_owner": "o", "vimId": "a b_c"}, ("o", "")),
        ({"cloud_region_id": "r", "vimId": "ab"}, ("", "r")),
        ({"cloud_owner": 7, "cloud_region_id": ["r"], "vimId": 3}, ("", "")),
    ],
)
def test_the_place_of_a_region(vim: Any, place: tuple[str, str]) -> None:
    """Owner and region, or both of the vimId: its owner ends at the first underscore."""
    assert place_of(vim) == place
