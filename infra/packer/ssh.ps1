<powershell>
# Lets Packer in by SSH through Session Manager, with the key that it made for this build. Taken away at the end.
$ErrorActionPreference = "Stop"
Add-WindowsCapability -Online -Name OpenSSH.Server~~~~0.0.1.0
$token = Invoke-RestMethod -Method Put -Uri http://169.254.169.254/latest/api/token `
  -Headers @{ "X-aws-ec2-metadata-token-ttl-seconds" = "300" }
$keys = "C:\ProgramData\ssh\administrators_authorized_keys"
New-Item -Force -ItemType Directory C:\ProgramData\ssh | Out-Null
Invoke-RestMethod -Uri http://169.254.169.254/latest/meta-data/public-keys/0/openssh-key `
  -Headers @{ "X-aws-ec2-metadata-token" = $token } | Out-File -Encoding ascii $keys
icacls $keys /inheritance:r /grant "Administrators:F" /grant "SYSTEM:F"
New-Item -Force -Path HKLM:\SOFTWARE\OpenSSH | Out-Null
New-ItemProperty -Force -Path HKLM:\SOFTWARE\OpenSSH -Name DefaultShell -PropertyType String `
  -Value C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe | Out-Null
Set-Service sshd -StartupType Automatic
Start-Service sshd
</powershell>
