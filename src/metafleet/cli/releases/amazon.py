"""Releases to Amazon ECS: new task definitions of the services that Terraform made, replaced by ECS itself.

How a service is replaced (web and gateway blue/green, with alarms that take it back; the others one by one,
with the circuit breaker) stands in `infra/terraform/modules/services`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from metafleet.cli.preparation import Say
from metafleet.cli.releases import terminals
from metafleet.cli.releases.plan import AtAmazon
from metafleet.cli.releases.target import ReleaseFailed
from metafleet.hub.kernel import amazon

_EVERY_S: Final = 5.0
_MIGRATION_S: Final = 1800.0
_COPIED: Final = (
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
)
"""What RegisterTaskDefinition takes of what DescribeTaskDefinition answers."""


@dataclass(slots=True)
class AmazonTarget:
    """token: METAFLEET_METRICS_TOKEN, or "". every_s: seconds between two looks at what ECS does."""

    environment: AtAmazon
    token: str = ""
    every_s: float = _EVERY_S
    _ecs: Any = field(init=False)

    def __post_init__(self) -> None:
        self._ecs = amazon.client("ecs", self.environment.region)

    def running(self) -> str:
        with _said():
            definition = self._definition(self._service(self.environment.services[-1])["taskDefinition"])
        return _image(definition)

    def fetch(self, version: str) -> str:
        repository = self.environment.image
        host, _, name = repository.partition("/")
        if ".dkr.ecr." not in host:
            return f"{repository}:{version}"
        with _said():
            found = amazon.client("ecr", self.environment.region).describe_images(
                repositoryName=name, imageIds=[{"imageTag": version}]
            )
        return f"{repository}@{found['imageDetails'][0]['imageDigest']}"

    def check(self, image: str) -> str:
        return self._run_once(image, ["metafleet", "check", "--deploy"])

    def migrate(self, image: str, *, may_contract: bool) -> str:
        kept = "--contract" if may_contract else "--no-contract"
        return self._run_once(image, ["metafleet", "migrate", kept])

    def replace(self, image: str, say: Say) -> str:
        for service in self.environment.services:
            say(f"Replacing {service} …")
            self._bring(service, image)
        return f"{len(self.environment.services)} services run {image}"

    def take_back(self, image: str, say: Say) -> str:
        for service in reversed(self.environment.services):
            say(f"Taking {service} back …")
            self._bring(service, image)
        return f"{len(self.environment.services)} services run {image}"

    def metrics(self) -> str:
        return terminals.told_outside(self.environment, self.token)

    def retire(self) -> str:
        return "ECS has ended the former tasks"

    def _bring(self, name: str, image: str) -> None:
        with _said():
            service = self._service(name)
            definition = self._definition(service["taskDefinition"])
            if _image(definition) != image:
                # The family's newest: what Terraform has changed since comes with this release.
                wanted = self._register(self._definition(definition["family"]), image)
                self._ecs.update_service(
                    cluster=self.environment.cluster, service=name, taskDefinition=wanted
                )
        self._wait_until_steady(name, image)

    def _wait_until_steady(self, name: str, image: str) -> None:
        ends_at = time.monotonic() + self.environment.patience_s
        while True:
            with _said():
                service = self._service(name)
                definition = self._definition(service["taskDefinition"])
            if _image(definition) != image:
                raise ReleaseFailed(f"ECS took {name} back to {_image(definition)}: {_newest_event(service)}")
            state = _state(service)
            if state == "COMPLETED":
                return
            if state == "FAILED":
                raise ReleaseFailed(f"ECS gave {name} up: {_newest_event(service)}")
            if time.monotonic() > ends_at:
                raise ReleaseFailed(f"{name} is not replaced after {self.environment.patience_s} seconds.")
            time.sleep(self.every_s)

    def _run_once(self, image: str, command: list[str]) -> str:
        """Run the task that migrates, with this command, to its end."""
        with _said():
            first = self._service(self.environment.services[-1])
            family = self.environment.migrations or first["taskDefinition"]
            definition = self._register(self._definition(family), image)
            container = self._definition(definition)["containerDefinitions"][0]["name"]
            answer = self._ecs.run_task(
                cluster=self.environment.cluster,
                taskDefinition=definition,
                launchType="FARGATE",
                networkConfiguration=first["networkConfiguration"],
                overrides={"containerOverrides": [{"name": container, "command": command}]},
                startedBy="metafleet deploy",
            )
        if not answer["tasks"]:
            reasons = ", ".join(each.get("reason", "") for each in answer["failures"])
            raise ReleaseFailed(
                f"ECS does not start {' '.join(command)}: {reasons or 'it does not say why'}."
            )
        return self._end_of(answer["tasks"][0]["taskArn"], container, " ".join(command))

    def _end_of(self, task: str, container: str, said: str) -> str:
        ends_at = time.monotonic() + _MIGRATION_S
        while time.monotonic() < ends_at:
            with _said():
                found = self._ecs.describe_tasks(cluster=self.environment.cluster, tasks=[task])["tasks"]
            if found and found[0]["lastStatus"] == "STOPPED":
                code = exit_code(found[0], container)
                if code == 0:
                    return f"{said} ended well"
                reason = found[0].get("stoppedReason") or "see its log"
                raise ReleaseFailed(f"{said} ended with code {code}: {reason}.")
            time.sleep(self.every_s)
        raise ReleaseFailed(f"{said} does not end; it is {task}.")

    def _service(self, name: str) -> dict[str, Any]:
        found = self._ecs.describe_services(cluster=self.environment.cluster, services=[name])["services"]
        if not found or found[0]["status"] != "ACTIVE":
            raise ReleaseFailed(f"The cluster {self.environment.cluster} has no service {name}.")
        service: dict[str, Any] = found[0]
        return service

    def _definition(self, name: str) -> dict[str, Any]:
        answer = self._ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
        definition: dict[str, Any] = answer
        return definition

    def _register(self, definition: dict[str, Any], image: str) -> str:
        copied = {name: definition[name] for name in _COPIED if definition.get(name)}
        first, *others = copied["containerDefinitions"]
        copied["containerDefinitions"] = [first | {"image": image}, *others]
        arn: str = self._ecs.register_task_definition(**copied)["taskDefinition"]["taskDefinitionArn"]
        return arn


def exit_code(task: dict[str, Any], container: str) -> int | None:
    """Return how this container ended, None where it never ran: a pooler beside it ends in its own way."""
    return next((each.get("exitCode") for each in task["containers"] if each["name"] == container), None)


def _image(definition: dict[str, Any]) -> str:
    image: str = definition["containerDefinitions"][0]["image"]
    return image


def _state(service: dict[str, Any]) -> str:
    """COMPLETED, IN_PROGRESS or FAILED, of the newest deployment."""
    newest = service["deployments"][0] if service.get("deployments") else {}
    is_alone = len(service.get("deployments", [])) == 1
    is_whole = service.get("runningCount") == service.get("desiredCount")
    told = newest.get("rolloutState")
    if told == "FAILED":
        return "FAILED"
    return "COMPLETED" if told == "COMPLETED" or (told is None and is_alone and is_whole) else "IN_PROGRESS"


def _newest_event(service: dict[str, Any]) -> str:
    events = service.get("events") or [{"message": "it does not say why."}]
    return str(events[0]["message"])


@contextmanager
def _said() -> Iterator[None]:
    try:
        with amazon.said():
            yield
    except amazon.AmazonError as error:
        raise ReleaseFailed(str(error)) from error
