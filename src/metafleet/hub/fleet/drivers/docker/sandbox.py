"""What a runner's container may do, as the Engine API words it; the same for a container and a service.

Nothing is writable but its own state volume and a small /tmp in memory; no capability, no way to
gain one, no root, no swap, a bound on processes, and a network that leads to the gateway and the
broker alone (see `network`).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from metafleet.hub.fleet.drivers.contract import RuntimeSpec
from metafleet.hub.fleet.drivers.docker.engine import name_of

USER = "10001:10001"
"""Of the image; nobody on the host has this number."""
STATE = "/state"
MOST_PROCESSES = 64
"""Threads count too: a runner has five."""
TMP_BYTES = 16 * 1024 * 1024
TICKET_FILE = "/run/secrets/ticket"
STOP_GRACE_S = 10
"""From a Swarm's SIGTERM to its SIGKILL. A stop that is asked for at the gateway has longer."""
LOG_OPTIONS = {"max-size": "5m", "max-file": "2"}
_MEGABYTE = 1024 * 1024
_NANO = 1_000_000_000


def nano_cpus(spec: RuntimeSpec) -> int:
    return int(spec.cpu * _NANO)


def memory_bytes(spec: RuntimeSpec) -> int:
    return spec.memory_mb * _MEGABYTE


def volume_of(instance_id: UUID) -> str:
    """The instance's own volume: its outbox outlives its container."""
    return f"{name_of(instance_id)}-state"


def limits_in_words(spec: RuntimeSpec, reach: str) -> str:
    return (
        f"{spec.cpu:g} CPU and {spec.memory_mb} MB by cgroup, {MOST_PROCESSES} processes, "
        f"read-only root, no capabilities, network to {reach}"
    )


def container(spec: RuntimeSpec, *, image: str, network: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return the body of `POST /containers/create`."""
    return {
        "Image": image,
        "User": USER,
        "Env": _environment(spec),
        "Labels": labels,
        "OpenStdin": True,
        # The end of the one who hands over the token is the end of the input: a runner that was
        # left without work by a worker that died sees it and ends.
        "StdinOnce": True,
        "AttachStdin": True,
        "HostConfig": _host_config(spec, network),
    }


def _environment(spec: RuntimeSpec) -> list[str]:
    return [f"{name}={value}" for name, value in spec.environment.items()]


def _host_config(spec: RuntimeSpec, network: str) -> dict[str, Any]:
    return {
        "NanoCpus": nano_cpus(spec),
        "Memory": memory_bytes(spec),
        "MemorySwap": memory_bytes(spec),
        "PidsLimit": MOST_PROCESSES,
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true"],
        "Tmpfs": {"/tmp": f"rw,noexec,nosuid,nodev,size={TMP_BYTES}"},  # noqa: S108 - the container's own
        "Mounts": [{"Type": "volume", "Source": volume_of(spec.instance_id), "Target": STATE}],
        "NetworkMode": network,
        "IpcMode": "private",
        # As the first process of its container a Python that is still starting would ignore a SIGTERM.
        "Init": True,
        # A token opens one start: only the reconciler can start it again, with a new one.
        "RestartPolicy": {"Name": "no"},
        "LogConfig": {"Type": "json-file", "Config": LOG_OPTIONS},
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
    }


def service(
    spec: RuntimeSpec, *, image: str, labels: dict[str, str], secret: tuple[str, str]
) -> dict[str, Any]:
    """Return the `TaskTemplate` of `POST /services/create` but for where it runs and its network.

    secret: id and name of the one that holds the ticket; it is a file in memory there, as a task has
    no standard input to hold. Swarm of Engine 20.10 knows neither no-new-privileges nor a bound on
    swap; the image has no setuid program, and no capability is left to gain.
    """
    return {
        "ContainerSpec": {
            "Image": image,
            "Command": ["sh", "-c", f"exec python -m metafleet.runner --state-dir {STATE} < {TICKET_FILE}"],
            "User": USER,
            "Env": _environment(spec),
            "Labels": labels,
            "ReadOnly": True,
            "Init": True,
            "CapabilityDrop": ["ALL"],
            "Mounts": [
                {"Type": "volume", "Source": volume_of(spec.instance_id), "Target": STATE},
                {"Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": {"SizeBytes": TMP_BYTES}},  # noqa: S108
            ],
            "Secrets": [_ticket_file(*secret)],
            "StopGracePeriod": STOP_GRACE_S * _NANO,
            # A Swarm ends what is unhealthy: five minutes without gateway and broker are not the EA's doing.
            "HealthCheck": {"Retries": 10},
            "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        },
        "Resources": {
            "Limits": {
                "NanoCPUs": nano_cpus(spec),
                "MemoryBytes": memory_bytes(spec),
                "Pids": MOST_PROCESSES,
            },
            "Reservations": {"NanoCPUs": nano_cpus(spec), "MemoryBytes": memory_bytes(spec)},
        },
        "RestartPolicy": {"Condition": "none"},
        "LogDriver": {"Name": "json-file", "Options": LOG_OPTIONS},
    }


def _ticket_file(secret_id: str, secret_name: str) -> dict[str, Any]:
    number, group = USER.split(":")
    return {
        "SecretID": secret_id,
        "SecretName": secret_name,
        "File": {"Name": TICKET_FILE.rpartition("/")[2], "UID": number, "GID": group, "Mode": 0o400},
    }
