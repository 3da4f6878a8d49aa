# Fetches what the operator put into their bucket, each held against its hash, and installs it.
$ErrorActionPreference = "Stop"
$ProgressPreference = "SilentlyContinue"
$work = New-Item -Force -ItemType Directory C:\metafleet\install

function Get-Checked($Key, $Sha256) {
  $file = Join-Path $work (Split-Path -Leaf $Key)
  Copy-S3Object -BucketName $env:BUCKET -Key $Key -LocalFile $file -Region $env:REGION | Out-Null
  $found = (Get-FileHash -Algorithm SHA256 $file).Hash
  if ($found -ne $Sha256) { throw "$Key is $found, not $Sha256" }
  $file
}

function Invoke-Checked($File, $Arguments) {
  $done = Start-Process -Wait -PassThru -FilePath $File -ArgumentList $Arguments
  if ($done.ExitCode -ne 0) { throw "$File ended with $($done.ExitCode)" }
}

# Python, and in an environment of its own the host agent. Its packages come from PyPI.
$python = Get-Checked $env:PYTHON $env:PYTHON_SHA256
Invoke-Checked $python "/quiet InstallAllUsers=1 PrependPath=1 Include_test=0 TargetDir=C:\Python311"
$wheel = Get-Checked $env:AGENT $env:AGENT_SHA256
Invoke-Checked C:\Python311\python.exe "-m venv C:\metafleet\agent"
Invoke-Checked C:\metafleet\agent\Scripts\python.exe "-m pip install --no-cache-dir $wheel MetaTrader5"

# The terminal, as its installer does it without asking.
$terminal = Get-Checked $env:TERMINAL $env:TERMINAL_SHA256
Invoke-Checked $terminal "/auto"

# The agent, with the machine: it waits for its file, which has pairing codes and so belongs into no image.
$run = @'
while (-not (Test-Path C:\metafleet\agent.toml)) { Start-Sleep -Seconds 10 }
& C:\metafleet\agent\Scripts\metafleet.exe agent run C:\metafleet\agent.toml *>> C:\metafleet\agent.log
exit $LASTEXITCODE
'@
Set-Content -Encoding ascii -Path C:\metafleet\run-agent.ps1 -Value $run
$action = New-ScheduledTaskAction -Execute powershell.exe `
  -Argument "-NoProfile -ExecutionPolicy Bypass -File C:\metafleet\run-agent.ps1"
$settings = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) `
  -ExecutionTimeLimit ([TimeSpan]::Zero)
Register-ScheduledTask -Force -TaskName metafleet-agent -Action $action -Settings $settings `
  -Trigger (New-ScheduledTaskTrigger -AtStartup) -User SYSTEM -RunLevel Highest | Out-Null

# Each task has an address and a role of its own, and may not ask for the machine's.
[Environment]::SetEnvironmentVariable("ECS_ENABLE_TASK_ENI", "true", "Machine")
[Environment]::SetEnvironmentVariable("ECS_AWSVPC_BLOCK_IMDS", "true", "Machine")
[Environment]::SetEnvironmentVariable("ECS_IMAGE_PULL_BEHAVIOR", "prefer-cached", "Machine")

Remove-Item -Recurse -Force $work
