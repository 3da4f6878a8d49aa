"""The rows of the fleet, one module for each subject."""

from __future__ import annotations

from metafleet.hub.fleet.models.accounts import AccountState, Platform, TradingAccount
from metafleet.hub.fleet.models.agents import Agent, AgentSample, AgentTerminal
from metafleet.hub.fleet.models.commands import Command, CommandState
from metafleet.hub.fleet.models.hosts import Host, HostState, ScalingDecision, ScalingGroup
from metafleet.hub.fleet.models.instances import DesiredState, EAInstance, InstanceState, PauseMode
from metafleet.hub.fleet.models.kill_switches import KillSwitch
from metafleet.hub.fleet.models.rollouts import (
    Rollout,
    RolloutDecision,
    RolloutMember,
    RolloutState,
)
from metafleet.hub.fleet.models.runs import EAPerformance, Receipt, Resolution, Run, RunState
from metafleet.hub.fleet.models.terminals import PairingCode, Terminal, TerminalTrouble, TradingSession

__all__ = (
    "AccountState",
    "Agent",
    "AgentSample",
    "AgentTerminal",
    "Command",
    "CommandState",
    "DesiredState",
    "EAInstance",
    "EAPerformance",
    "Host",
    "HostState",
    "InstanceState",
    "KillSwitch",
    "PairingCode",
    "PauseMode",
    "Platform",
    "Receipt",
    "Resolution",
    "Rollout",
    "RolloutDecision",
    "RolloutMember",
    "RolloutState",
    "Run",
    "RunState",
    "ScalingDecision",
    "ScalingGroup",
    "Terminal",
    "TerminalTrouble",
    "TradingAccount",
    "TradingSession",
)
