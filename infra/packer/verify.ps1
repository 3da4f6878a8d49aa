# Ends the build unless the image has what it is for, and nothing that belongs to one machine.
$ErrorActionPreference = "Stop"
$missing = @(
  "C:\metafleet\agent\Scripts\metafleet.exe",
  "C:\metafleet\run-agent.ps1",
  "C:\Program Files\MetaTrader 5\terminal64.exe",
  "C:\Program Files\Amazon\ECS\amazon-ecs-agent.exe"
) | Where-Object { -not (Test-Path $_) }
if ($missing) { throw "the image lacks $($missing -join ', ')" }

$left = @("C:\metafleet\agent.toml", "C:\metafleet\install") | Where-Object { Test-Path $_ }
if ($left) { throw "the image must not have $($left -join ', ')" }

& C:\metafleet\agent\Scripts\metafleet.exe agent --help | Out-Null
if ($LASTEXITCODE -ne 0) { throw "the host agent does not start" }
if ((Get-ScheduledTask -TaskName metafleet-agent).State -eq "Disabled") { throw "the host agent would not start" }
