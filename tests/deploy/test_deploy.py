# SPDX-License-Identifier: Apache-2.0
"""What deploys the service: linted, judged by others' schemas, and in step with the options that `hpa serve` has."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from configparser import ConfigParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import kubernetes_validate
import pytest
import yaml

from cli.running import hpa
from connectors.speaking import refusing
from docs.fenced import DOCS, blocks
from hpa_discovery.cli.main import cli
from hpa_discovery.errors import StoreError
from hpa_discovery.service.healthcheck import is_alive
from hpa_discovery.service.listening import DEFAULT_PORT
from hpa_discovery.service.settings import DEFAULT_GRACE
from hpa_discovery.store.keys import load_keys
from hpa_discovery.store.opening import open_store
from packs.live.sites import Events
from service.certificates import make_pair
from service.daemon import refused, running

ROOT = Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
UNIT = ROOT / "deploy" / "systemd" / "hpa-discovery.service"
IMAGE = ROOT / "Dockerfile"
DOCKERFILES = [IMAGE, ROOT / "examples" / "vendor-image" / "Dockerfile"]
# The oldest and the newest Kubernetes that the manifests are for.
VERSIONS = ["1.30", "1.34"]
MANIFESTS = [
    pytest.param(document, id=f"{path.name}-{document['kind']}")
    for path in sorted(KUBERNETES.glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text("utf-8"))
]


def options() -> dict[str, click.Parameter]:
    """The options of `hpa serve`, by their variables in the environment."""
    context = click.Context(cli, info_name="hpa")
    serve = cli.get_command(context, "serve")
    assert serve is not None
    return {str(each.envvar): each for each in serve.params if isinstance(each, click.Option) and each.envvar}


def manifest(name: str) -> Any:
    """The one document of a manifest."""
    return yaml.safe_load((KUBERNETES / name).read_text("utf-8"))


def test_every_option_has_a_variable() -> None:
    """What is deployed is set up by its environment, so no option may be without."""
    context = click.Context(cli, info_name="hpa")
    serve = cli.get_command(context, "serve")
    assert serve is not None
    assert [each.name for each in serve.params if not each.envvar] == []
    assert all(name.startswith("HPA_") for name in options())


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_images_are_lint_clean(path: Path) -> None:
    """Hadolint has nothing to say."""
    ran = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), path], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "")


def test_the_vendors_image_is_the_one_of_the_page() -> None:
    """docs/publish.md shows what the example says, but for its comments."""
    [shown] = [block.text for block in blocks(DOCS / "publish.md") if block.language == "dockerfile"]
    lines = DOCKERFILES[1].read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == shown.splitlines()


def test_the_image_knows_the_options() -> None:
    """It runs as a user of its own, with variables that `hpa serve` reads, and its port is the one that is told."""
    text = IMAGE.read_text("utf-8")
    final = text[text.rindex("\nFROM ") :]
    assert set(re.findall(r"\b(HPA_\w+)=", final)) <= set(options())
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert f"HPA_PORT={DEFAULT_PORT}" in final
    assert f"EXPOSE {DEFAULT_PORT}" in final
    assert "hpa_discovery.service.healthcheck" in final


def test_the_image_holds_what_the_wheel_is_made_of() -> None:
    """What .dockerignore lets in is what setup.py and pyproject.toml name, and it is there."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert {"engine", "rules", "schemas", "pyproject.toml", "setup.py", "README.md", "LICENSE"} <= let_in
    assert [name for name in let_in if not (ROOT / name).exists()] == []


def test_pods_of_two_versions_do_not_meet() -> None:
    """As docs/service.md says of an upgrade: all hosts stop before one of the new version starts."""
    assert manifest("deployment.yaml")["spec"]["strategy"] == {"type": "Recreate"}


def test_the_health_check_asks_what_runs(tmp_path: Path) -> None:
    """With a certificate and without one; where nothing answers it says so."""
    pair = make_pair(tmp_path)
    with running(tmp_path / "a") as daemon:
        port = daemon.told()["address"].rpartition(":")[2]
        assert is_alive({"HPA_PORT": port})
        assert not is_alive({"HPA_PORT": port, "HPA_TLS_CERT": str(pair.certificate)})
    with running(tmp_path / "b", *pair.options) as daemon:
        assert is_alive({"HPA_PORT": daemon.told()["address"].rpartition(":")[2], "HPA_TLS_CERT": "x"})
    with refusing() as nobody:
        assert not is_alive({"HPA_PORT": str(nobody.port)})


def test_a_service_that_says_it_is_not_well_is_not() -> None:
    """Any answer but 200 is a no."""

    class Unwell(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Unwell) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        alive = is_alive({"HPA_PORT": str(server.server_port)})
        server.shutdown()
        thread.join()
    assert not alive


def test_the_image_does_not_answer_without_tls(tmp_path: Path) -> None:
    """With the image's variables and nothing else, the start says what is missing."""
    found = dict(re.findall(r"(HPA_HOST|HPA_PORT)=(\S+)", IMAGE.read_text("utf-8")))
    code, said = refused(tmp_path / "state", env=found)
    assert (code, "--tls-cert" in said) == (2, True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", MANIFESTS)
def test_manifests_are_of_kubernetes(document: Any, version: str) -> None:
    """The schemas of Kubernetes itself, without a member that they do not know."""
    kubernetes_validate.validate(document, version, strict=True)


def test_the_config_map_is_that_of_the_example() -> None:
    """It is what `hpa pack configmap` prints, and the Deployment mounts each of its files."""
    path = KUBERNETES / "pack-acme-nic.yaml"
    assert path.read_text("utf-8") == hpa("pack", "configmap", ROOT / "examples" / "packs" / "acme.nic").out
    [volume] = [each for each in pod()["volumes"] if "configMap" in each]
    assert volume["configMap"]["name"] == manifest(path.name)["metadata"]["name"]
    assert {item["key"] for item in volume["configMap"]["items"]} == set(manifest(path.name)["data"])


def pod() -> Any:
    """The pod of the Deployment."""
    return manifest("deployment.yaml")["spec"]["template"]["spec"]


def test_the_deployment_is_in_step() -> None:
    """Variables are options; secrets, volumes, ports and labels that are named are there; there is time to stop."""
    [container] = pod()["containers"]
    env = {each["name"]: each for each in container["env"]}
    assert set(env) <= set(options())
    secret = manifest("secret.yaml")
    assert env["HPA_DATABASE"]["valueFrom"]["secretKeyRef"] == {"name": secret["metadata"]["name"], "key": "database"}
    volumes = {each["name"]: each for each in pod()["volumes"]}
    assert {each["name"] for each in container["volumeMounts"]} == set(volumes)
    assert volumes["keys"]["secret"]["items"][0]["key"] in secret["stringData"]
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert env["HPA_SECRET_KEY_FILE"]["value"].startswith(mounts["keys"])
    assert env["HPA_TLS_KEY"]["value"].startswith(mounts["tls"])
    assert mounts["acme-nic"].startswith(env["HPA_PACK_PATH"]["value"])
    [port] = container["ports"]
    probes = [container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")]
    assert {probe["port"] for probe in probes} == {port["name"]}
    assert manifest("service.yaml")["spec"]["ports"][0]["targetPort"] == port["name"]
    assert port["containerPort"] == DEFAULT_PORT
    labels = manifest("deployment.yaml")["spec"]["template"]["metadata"]["labels"]
    assert manifest("service.yaml")["spec"]["selector"] == labels
    assert manifest("poddisruptionbudget.yaml")["spec"]["selector"]["matchLabels"] == labels
    assert pod()["terminationGracePeriodSeconds"] > DEFAULT_GRACE + 5
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod()["securityContext"]["runAsNonRoot"]


def test_placeholders_do_not_serve(tmp_path: Path) -> None:
    """The key of the manifest is none, so a service cannot run with a key that everybody knows."""
    key = tmp_path / "secret.key"
    key.write_text(manifest("secret.yaml")["stringData"]["secret.key"], "ascii")
    key.chmod(0o440)
    store = open_store(tmp_path / "state", Events())
    with pytest.raises(StoreError, match="line 1 is no key"):
        load_keys(store, tmp_path, key, Events())
    store.close()


def test_the_values_for_oom_are_in_step() -> None:
    """The environment is made of options, the ports and the user are those of the image."""
    values = yaml.safe_load((ROOT / "deploy" / "oom" / "values.yaml").read_text("utf-8"))
    environment = values["config"]["environment"]
    assert set(environment) <= set(options())
    assert all(isinstance(value, str) for value in environment.values())
    ports = {int(environment["HPA_PORT"]), values["service"]["internalPort"], values["service"]["ports"][0]["port"]}
    assert ports == {DEFAULT_PORT}
    assert values["securityContext"] == {"user_id": 10001, "group_id": 10001}
    assert [values["liveness"]["path"], values["readiness"]["path"]] == ["/healthz", "/readyz"]


def test_the_unit_suits_the_service() -> None:
    """It waits until the service answers, the service has time to stop, and drivers have their namespaces."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd have capitals
    unit.read(UNIT)
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["ExecStart"].endswith("/hpa serve")
    assert int(service["TimeoutStopSec"]) > DEFAULT_GRACE
    assert "RestrictNamespaces" not in service
    assert set(re.findall(r"\bHPA_\w+(?==)", UNIT.read_text("utf-8"))) <= set(options())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_unit_is_one_of_systemd(tmp_path: Path) -> None:
    """Its own verifier takes it."""
    # The verifier looks for the program and the user, which are not on this machine.
    text = (
        UNIT.read_text("utf-8")
        .replace("/opt/hpa-discovery/bin/hpa", "/bin/true")
        .replace("User=hpa-discovery", "User=daemon")
    )
    (tmp_path / UNIT.name).write_text(text, "utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / UNIT.name], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
