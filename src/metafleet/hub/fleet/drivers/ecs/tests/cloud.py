"""Amazon as the driver's tests have it: moto's server over HTTP, and in front of it what moto lacks.

moto keeps the records of ECS, Parameter Store and CloudWatch. The front plays the part of the agent on
a machine: it runs each task's command as a process, ships its log, and tells how it ended. It also
does what ECS is documented to do and moto does not: one task for one client token, and tasks that are
not shown at once. Containers, images and their limits are not here.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer

REGION = "us-east-1"
CLUSTER = "fleet"
KILL_AFTER_S = 3.0
"""The front's stop timeout; the definition's own, 30 s, is what ECS would keep."""


@dataclass
class Container:
    """A task's command, as a process."""

    family: str
    process: subprocess.Popen[bytes]
    state: Path
    credentials: str
    ended: threading.Event = field(default_factory=threading.Event)
    stop_reason: str = ""
    exit_code: int | None = None


class Cloud:
    """`url` is where clients go. Each attribute below is a switch or a record of the tests."""

    def __init__(self, moto: str) -> None:
        self.moto = moto
        self.url = ""
        self.hide_for_s = 0.0
        self.lose_answer_to: set[str] = set()
        self.gives_up: set[str] = set()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.containers: dict[str, Container] = {}
        self._asked_at: dict[str, float] = {}
        self._answers: dict[str, bytes] = {}
        known = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.ecs = boto3.client("ecs", region_name=REGION, endpoint_url=moto, **known)
        self.logs = boto3.client("logs", region_name=REGION, endpoint_url=moto, **known)
        self.ssm = boto3.client("ssm", region_name=REGION, endpoint_url=moto, **known)
        self.ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=moto, **known)

    def asked(self, action: str) -> list[dict[str, Any]]:
        """Return the bodies of the calls of this action, oldest first."""
        return [body for name, body in self.calls if name == action]

    def add_machine(self, kind: str = "m5.large") -> str:
        """Put a machine into the cluster and return its ARN."""
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        made = self.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType=kind)
        identity = {"instanceId": made["Instances"][0]["InstanceId"], "region": REGION}
        answer = self.ecs.register_container_instance(
            cluster=CLUSTER, instanceIdentityDocument=json.dumps(identity)
        )
        return str(answer["containerInstance"]["containerInstanceArn"])

    def living(self, family: str) -> list[Container]:
        return [each for each in self.containers.values() if each.family == family and _lives(each)]

    def found(self) -> None:
        """Forget what others left at moto, and make a cluster with one m5.large."""
        reset = urllib.request.Request(f"{self.moto}/moto-api/reset", method="POST")  # noqa: S310
        urllib.request.urlopen(reset).close()  # noqa: S310
        # moto's tasks end by themselves after some looks unless told otherwise.
        stay = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 10**9}}
        request = urllib.request.Request(  # noqa: S310
            f"{self.moto}/moto-api/state-manager/set-transition",
            data=json.dumps(stay).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()  # noqa: S310
        self.ecs.create_cluster(clusterName=CLUSTER)
        self.add_machine()

    def empty(self) -> None:
        """End every process and forget what the test before did; its records at moto stay."""
        for container in self.containers.values():
            with suppress(ProcessLookupError):
                container.process.kill()
            container.ended.wait(10)
            shutil.rmtree(container.state, ignore_errors=True)
        self.hide_for_s, self.lose_answer_to, self.gives_up = 0.0, set(), set()
        self.calls, self.containers, self._asked_at, self._answers = [], {}, {}, {}

    def answer(self, action: str, body: dict[str, Any], forward: Any) -> tuple[int, bytes]:
        """Answer a call of ECS; `forward` asks moto."""
        token = body.get("clientToken", "")
        if action == "RunTask" and token in self._answers:
            return 200, self._answers[token]
        if action == "StopTask" and self._told_to_stop(body):
            shown = self.ecs.describe_tasks(cluster=CLUSTER, tasks=[body["task"]])["tasks"][0]
            return 200, json.dumps({"task": {"taskArn": shown["taskArn"]}}).encode()
        status, content = forward()
        if status != 200:
            return status, content
        told = json.loads(content)
        match action:
            case "RunTask":
                for task in told["tasks"]:
                    self._run(task, body)
                self._answers[token] = content
            case "DescribeServices":
                told["services"] = [self._steady(service) for service in told["services"]]
            case "ListTasks":
                told["taskArns"] = [arn for arn in told["taskArns"] if not self._is_hidden(arn)]
            case "DescribeTasks":
                told["tasks"] = [
                    self._told(task) for task in told["tasks"] if not self._is_hidden(task["taskArn"])
                ]
        return status, json.dumps(told).encode()

    def credentials(self, path: str) -> dict[str, str] | None:
        """Return what ECS's own endpoint gives the container with this path, for its task's role."""
        if any(each.credentials == path and _lives(each) for each in self.containers.values()):
            expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            return {
                "AccessKeyId": "task",
                "SecretAccessKey": "role",
                "Token": "session",
                "Expiration": expires,
            }
        return None

    def _is_hidden(self, arn: str) -> bool:
        return time.monotonic() - self._asked_at.get(arn, -1e9) < self.hide_for_s

    def _steady(self, service: dict[str, Any]) -> dict[str, Any]:
        """A service as its scheduler leaves it: replaced, or given up; moto has none."""
        end = "FAILED" if service["serviceName"] in self.gives_up else "COMPLETED"
        event = {"message": f"(service {service['serviceName']}) tasks failed to start."}
        deployment = {"status": "PRIMARY", "taskDefinition": service["taskDefinition"], "rolloutState": end}
        return service | {"deployments": [deployment], "events": [event]}

    def _told(self, task: dict[str, Any]) -> dict[str, Any]:
        container = self.containers.get(task["taskArn"])
        code = container.exit_code if container else None
        for each in task["containers"]:
            each.pop("exitCode", None)
            if code is not None:
                each["exitCode"] = code
        return task

    def _run(self, task: dict[str, Any], body: dict[str, Any]) -> None:
        told = self.ecs.describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
        definition = told["containerDefinitions"][0]
        override = body["overrides"]["containerOverrides"][0]
        state = Path(tempfile.mkdtemp(prefix="metafleet-ecs-"))
        places = {"python": sys.executable, "/state": str(state)}
        credentials = f"/credentials/{uuid4()}"
        process = subprocess.Popen(  # noqa: S603
            [places.get(word, word) for word in [*definition["entryPoint"], *override["command"]]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=state,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONUNBUFFERED": "1",
                "AWS_ENDPOINT_URL": self.url,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": self.url + credentials,
            },
        )
        container = Container(told["family"], process, state, credentials)
        self._asked_at[task["taskArn"]] = time.monotonic()
        self.containers[task["taskArn"]] = container
        options = definition["logConfiguration"]["options"]
        stream = {
            "logGroupName": options["awslogs-group"],
            "logStreamName": f"{options['awslogs-stream-prefix']}/runner/{_id(task['taskArn'])}",
        }
        threading.Thread(target=self._follow, args=(task["taskArn"], container, stream), daemon=True).start()

    def _follow(self, arn: str, container: Container, stream: dict[str, str]) -> None:
        with suppress(self.logs.exceptions.ResourceAlreadyExistsException):
            self.logs.create_log_group(logGroupName=stream["logGroupName"])
        self.logs.create_log_stream(**stream)
        assert container.process.stdout is not None
        with container.process.stdout as output:
            for line in output:
                event = {"timestamp": int(time.time() * 1000), "message": line.decode().rstrip("\n")}
                self.logs.put_log_events(**stream, logEvents=[event])
        code = container.process.wait()
        container.exit_code = code if code >= 0 else 128 - code
        reason = container.stop_reason or "Essential container in task exited"
        self.ecs.stop_task(cluster=CLUSTER, task=arn, reason=reason)
        container.ended.set()

    def _told_to_stop(self, body: dict[str, Any]) -> bool:
        container = self.containers.get(body["task"])
        if container is None:
            return False
        if not _lives(container):  # moto hears so from its follower, once
            return True
        container.stop_reason = body["reason"]
        container.process.send_signal(signal.SIGTERM)

        def force() -> None:
            if not container.ended.wait(KILL_AFTER_S):
                container.process.kill()

        threading.Thread(target=force, daemon=True).start()
        return True


def _lives(container: Container) -> bool:
    return container.process.poll() is None


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cloud: Cloud

    def do_GET(self) -> None:
        told = self.cloud.credentials(self.path)
        self._say(200 if told else 403, json.dumps(told or {}).encode(), "application/json")

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service, _, action = self.headers.get("X-Amz-Target", "").rpartition(".")
        if "EC2ContainerService" in service:
            body = json.loads(content)
            self.cloud.calls.append((action, body))
            status, told = self.cloud.answer(action, body, lambda: self._forward(content)[:2])
        else:
            status, told, kind = self._forward(content)
            self._say(status, told, kind)
            return
        if action in self.cloud.lose_answer_to:
            self.cloud.lose_answer_to.discard(action)
            self.close_connection = True
            self.connection.shutdown(2)
            return
        self._say(status, told, "application/x-amz-json-1.1")

    def _forward(self, content: bytes) -> tuple[int, bytes, str]:
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        request = urllib.request.Request(self.cloud.moto + self.path, data=content, headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return answer.status, answer.read(), answer.headers.get("Content-Type", "")
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read(), refusal.headers.get("Content-Type", "")

    def _say(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    """Run moto and its front; yield the cloud, empty."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    cloud = Cloud(f"http://{host}:{port}")
    handler = type("Handler", (_Handler,), {"cloud": cloud})
    front = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    front.daemon_threads = True
    thread = threading.Thread(target=front.serve_forever, daemon=True)
    thread.start()
    cloud.url = f"http://127.0.0.1:{front.server_port}"
    cloud.found()
    try:
        yield cloud
    finally:
        cloud.empty()
        front.shutdown()
        front.server_close()
        server.stop()
