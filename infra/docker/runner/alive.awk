# Exits 0 when a connection is established (state 01 of /proc/net/tcp, see proc(5)), else 1.
$4 == "01" { found = 1 }
END { exit !found }
