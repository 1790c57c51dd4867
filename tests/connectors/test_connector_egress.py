# SPDX-License-Identifier: Apache-2.0
"""Who may be asked: addresses, names, rules, our own listeners, and names that change their mind."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Never

import pytest

from connectors.speaking import answer, client, endpoint, full_queue, speaking
from hpa_discovery.connectors.client import EndpointSettings, HttpClient
from hpa_discovery.connectors.egress import Egress
from hpa_discovery.connectors.egress_rules import read_rules
from hpa_discovery.connectors.limits import ConnectorLimits
from hpa_discovery.connectors.names import resolve
from hpa_discovery.errors import ConnectorError, EgressError, UsageError

if TYPE_CHECKING:
    from hpa_discovery.connectors.addresses import Address

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what others bind, not we


class Names:
    """A DNS that gives the next of its answers each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = [tuple(map(ip_address, each.split())) for each in answers]
        self.asked = 0

    def __call__(self, host: str, seconds: float) -> tuple[Address, ...]:
        """The next answer; the last is given for ever."""
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def checked(host: str, *rules: str, port: int = 443, **more: Any) -> list[Address]:
    """The addresses of `host` that may be connected to."""
    return list(Egress(read_rules(rules), **more).check("cloud", host, port))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1", "loopback"),
        ("127.8.9.10", "loopback"),
        ("::1", "loopback"),
        (EVERYWHERE, "unspecified"),
        ("0.1.2.3", "this network"),
        ("::", "unspecified"),
        ("169.254.169.254", "link-local"),
        ("169.254.0.1", "link-local"),
        ("fe80::1", "link-local"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("192.0.0.192", "protocol assignments"),
        ("100.100.100.200", "metadata service"),
        ("168.63.129.16", "metadata service"),
        ("fd00:ec2::254", "metadata service"),
        ("fd20:ce::254", "metadata service"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "link-local"),
        ("::127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("64:ff9b:1::7f00:1", "reserved"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::1", "link-local"),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", "loopback"),
    ],
)
def test_without_rules_special_addresses_are_denied(address: str, said: str) -> None:
    """Whatever is not another system on a network is refused by name of its sort, however it is written."""
    with pytest.raises(EgressError, match=said) as caught:
        checked(address)

    assert caught.value.kind == "egress"
    assert "--egress cloud=" in str(caught.value)
    assert "nothing for cloud but what such options name" in str(caught.value)


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.1", "172.16.0.1", "203.0.113.9", "fd00::5", "2001:db8::1"])
def test_without_rules_other_systems_are_allowed(address: str) -> None:
    """Clouds stand in private networks as often as in public ones."""
    assert checked(address) == [ip_address(address)]


def test_nat64_of_another_system_is_allowed() -> None:
    """On a network with IPv6 only, every IPv4 system has such an address."""
    assert checked("64:ff9b::cb00:7109") == [ip_address("64:ff9b::cb00:7109")]


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.0.01", "0", "1.2.3.0x4", "1."],
)
@pytest.mark.parametrize("rules", [(), ("cloud=127.0.0.0/8",)])
def test_odd_spellings_of_addresses_are_denied(host: str, rules: tuple[str, ...]) -> None:
    """A number that the C library would take for an address is refused, with rules as without."""
    with pytest.raises(EgressError, match="four decimal numbers"):
        checked(host, *rules)


@pytest.mark.parametrize("host", ["metadata.google.internal", "Metadata.Google.Internal.", "metadata", "instance-data"])
def test_metadata_names_are_denied(host: str) -> None:
    """The names under which clouds tell secrets are refused before DNS is asked."""
    names = Names("10.0.0.1")

    with pytest.raises(EgressError, match="metadata"):
        checked(host, resolve=names)

    assert names.asked == 0


def test_localhost_is_denied() -> None:
    """The name stands for loopback, here by this machine's own resolver."""
    with pytest.raises(EgressError, match=r"localhost.*loopback"):
        checked("localhost")


@pytest.mark.parametrize(
    ("rule", "host", "port"),
    [
        ("cloud=127.0.0.0/8", "127.0.0.1", 5000),
        ("cloud=127.0.0.1:5000", "127.0.0.1", 5000),
        ("cloud=127.0.0.1:1-4,5000-5001", "127.0.0.1", 5001),
        ("cloud=127.0.0.0/8", "::ffff:127.0.0.1", 5000),
        ("cloud=[::1]:5000", "::1", 5000),
        ("cloud=::1", "::1", 5000),
        ("cloud=169.254.169.254:80", "169.254.169.254", 80),
        ("cloud=10.0.0.0/8:443", "10.1.2.3", 443),
        ("cloud=0.0.0.0/0", "10.1.2.3", 443),
    ],
)
def test_what_a_rule_names_is_allowed(rule: str, host: str, port: int) -> None:
    """Loopback too, where the rule is for loopback."""
    assert checked(host, rule, port=port) == [ip_address(host)]


@pytest.mark.parametrize(
    ("rule", "host", "port", "said"),
    [
        ("cloud=10.0.0.0/8:443", "10.1.2.3", 80, "10.0.0.0/8:443"),
        ("cloud=10.0.0.0/8:5000,8774-8780", "10.1.2.3", 8781, "5000,8774-8780"),
        ("cloud=10.0.0.0/8", "11.1.2.3", 443, "none of the networks"),
        ("cloud=[fd00::/8]:443", "fd00::1", 444, r"\[fd00::/8\]:443"),
        ("cloud=10.0.0.0/8", "127.0.0.1", 443, "none of the networks"),
        ("cloud=0.0.0.0/0", "127.0.0.1", 443, "loopback, which is meant only by a rule for nothing else"),
        ("cloud=::/0", "::1", 443, "loopback"),
        ("cloud=0.0.0.0/0", "169.254.169.254", 80, "link-local"),
        ("cloud=fc00::/7", "fd00:ec2::254", 80, "metadata"),
    ],
)
def test_what_no_rule_names_is_denied(rule: str, host: str, port: int, said: str) -> None:
    """Ports and networks outside; a network that has room for more does not mean loopback."""
    with pytest.raises(EgressError, match=said):
        checked(host, rule, port=port)


def test_rules_are_for_one_kind() -> None:
    """What a cloud may be is nothing to A&AI."""
    egress = Egress(read_rules(["cloud=10.0.0.0/8"]))

    with pytest.raises(EgressError):
        egress.check("cloud", "192.168.0.1", 443)
    assert egress.check("aai", "192.168.0.1", 443)


@pytest.mark.parametrize(
    ("own", "host", "rules"),
    [
        (("10.0.0.5", 8780), "10.0.0.5", ()),
        (("10.0.0.5", 8780), "::ffff:10.0.0.5", ()),
        (("10.0.0.5", 8780), "10.0.0.5", ("cloud=10.0.0.0/8",)),
        ((EVERYWHERE, 8780), "10.0.0.5", ()),
        (("::", 8780), "10.0.0.5", ()),
        (("service.example", 8780), "10.0.0.5", ()),
        (("127.0.0.1", 8780), "127.0.0.1", ("cloud=127.0.0.0/8",)),
    ],
)
def test_our_own_listeners_are_denied(own: tuple[str, int], host: str, rules: tuple[str, ...]) -> None:
    """The service does not ask itself, unless a rule names network and port; other ports of the address are free."""
    more: dict[str, Any] = {"own": [own], "is_local": lambda _: True}

    with pytest.raises(EgressError, match="a listener of this service"):
        checked(host, *rules, port=8780, **more)
    assert checked(host, *rules, f"cloud={own[0] if rules else '10.0.0.5'}:8780", port=8780, **more) == [
        ip_address(host)
    ]
    assert checked(host, *rules, port=8781, **more) == [ip_address(host)]


def test_a_wildcard_listener_is_on_this_machine_only() -> None:
    """The same port of another machine is none of ours."""
    assert checked("10.0.0.5", port=8780, own=[(EVERYWHERE, 8780)], is_local=lambda _: False) == [
        ip_address("10.0.0.5")
    ]


def test_this_machines_addresses_are_known() -> None:
    """The real test for them: loopback is one, a documentation address is none."""
    with pytest.raises(EgressError, match="listener"):
        checked("127.0.0.1", "cloud=127.0.0.0/8", port=8780, own=[(EVERYWHERE, 8780)])
    assert checked("203.0.113.9", port=8780, own=[(EVERYWHERE, 8780)]) == [ip_address("203.0.113.9")]


def test_of_many_addresses_the_allowed_ones_are_used() -> None:
    """A name that also stands for loopback is no way to loopback."""
    assert checked("both.example", resolve=Names("127.0.0.1 10.0.0.5 ::1")) == [ip_address("10.0.0.5")]


@pytest.mark.parametrize(
    "text",
    [
        "cloud",
        "cloud=",
        "podman=10.0.0.0/8",
        "cloud=10.0.0.1/8",
        "cloud=10.0.0.0/8:",
        "cloud=10.0.0.0/8:0",
        "cloud=10.0.0.0/8:70000",
        "cloud=10.0.0.0/8:9-8",
        "cloud=10.0.0.0/8:a",
        "cloud=10.0.0.0/8:1,",
        "cloud=[fd00::/8",
        "cloud=[fd00::/8]443",
        "cloud=example.org",
    ],
)
def test_a_malformed_rule_is_refused(text: str) -> None:
    """The message repeats the text and shows the form."""
    with pytest.raises(UsageError, match=r"--egress.*KIND=CIDR") as caught:
        read_rules([text])

    assert text in str(caught.value)


def test_the_connection_goes_to_the_checked_address() -> None:
    """DNS that changes after the check changes nothing: it is asked once, and the socket goes where it said then."""
    names = Names("127.0.0.1", "127.0.0.2")
    with speaking(answer(body=b'"one"')) as one, speaking(answer(body=b'"two"'), host="127.0.0.2") as two:
        egress = Egress(read_rules([f"cloud=127.0.0.1:{one.port}"]), resolve=names)
        with HttpClient(egress) as asking:
            cloud = asking.endpoint(EndpointSettings("cloud", f"http://rebinding.example:{one.port}"))

            assert [cloud.request("GET", "/").json() for _ in range(3)] == ["one"] * 3

    assert names.asked == 1  # the connection stays open: one look-up a connect, and no other
    assert one.asked[0].headers["host"] == f"rebinding.example:{one.port}"
    assert two.asked == []


def test_a_new_connection_is_checked_again() -> None:
    """When DNS has moved to a denied address by the next connect, nothing is sent there."""
    names = Names("127.0.0.1", "127.0.0.2")
    with speaking(answer(Connection="close")) as one:
        egress = Egress(read_rules([f"cloud=127.0.0.1:{one.port}"]), resolve=names)
        with HttpClient(egress) as asking:
            cloud = asking.endpoint(EndpointSettings("cloud", f"http://rebinding.example:{one.port}"))
            cloud.request("GET", "/")
            one.close()

            with pytest.raises(EgressError, match=r"rebinding\.example.*127\.0\.0\.2"):
                cloud.request("GET", "/")


def test_the_next_address_is_tried() -> None:
    """A checked address that nobody answers at does not hide one that works, for any method."""
    with speaking(answer()) as one:
        egress = Egress(read_rules(["cloud=127.0.0.0/8"]), resolve=Names("127.0.0.3 127.0.0.1"))
        with HttpClient(egress) as asking:
            cloud = asking.endpoint(EndpointSettings("cloud", f"http://many.example:{one.port}"))

            assert cloud.request("PUT", "/", body={}).status == 200


def test_an_address_that_is_silent_leaves_time_for_the_next() -> None:
    """Half of what there is to connect: behind a packet filter that drops, the next address still has the rest."""
    first, second = "127.77.0.1", "127.77.0.2"  # nobody else's: on 127.0.0.1 another test may have the same port
    with speaking(answer(), host=second) as two, full_queue(first, two.port):
        egress = Egress(read_rules(["cloud=127.0.0.0/8"]), resolve=Names(f"{first} {second}"))
        with HttpClient(egress, limits=ConnectorLimits(connect_seconds=5.0)) as asking:
            cloud = asking.endpoint(EndpointSettings("cloud", f"http://many.example:{two.port}"))

            assert cloud.request("PUT", "/", body={}).status == 200


def test_ipv6_is_reached() -> None:
    """An address in brackets is connected to as well."""
    with speaking(answer(), host="::1") as one, client() as asking:
        assert endpoint(asking, one, host="[::1]").request("GET", "/").status == 200

    assert one.asked[0].headers["host"] == f"[::1]:{one.port}"


def test_an_unknown_name_is_told() -> None:
    """A name without address is `dns`, with the name in the message."""
    with client(retries=0) as asking, pytest.raises(ConnectorError, match=r"nowhere\.invalid") as caught:
        asking.endpoint(EndpointSettings("cloud", "http://nowhere.invalid")).request("GET", "/")

    assert (caught.value.kind, caught.value.sent) == ("dns", False)


def test_a_resolver_without_answer_is_not_waited_for() -> None:
    """A look-up that takes too long is `dns` when its time is over."""
    with pytest.raises(ConnectorError, match=r"localhost.*within 0.05 s") as caught:
        resolve("localhost", 0.05, lambda *_, **__: time.sleep(5) or [])

    assert caught.value.kind == "dns"


def test_a_host_as_it_is_written() -> None:
    """An address or a metadata service that may not be asked is refused at once; no name is looked up."""

    def nobody(host: str, _: float) -> Never:
        raise AssertionError(f"{host} was looked up")

    egress = Egress(read_rules(["aai=10.0.0.0/8:8443"]), resolve=nobody)
    for host in ("127.0.0.1", "::1", "169.254.169.254", "2130706433", "metadata.google.internal"):
        with pytest.raises(EgressError):
            egress.check_written("cloud", host, 443)
    with pytest.raises(EgressError, match="in none of the networks"):
        egress.check_written("aai", "192.0.2.1", 8443)
    for host in ("keystone.example", "localhost", "198.51.100.7"):
        egress.check_written("cloud", host, 443)
    egress.check_written("aai", "10.1.2.3", 8443)
