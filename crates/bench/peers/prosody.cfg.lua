-- Prosody as Debian configures it, but for: WebSockets without TLS; a component for rooms, in which anybody may begin to
-- talk; anonymous accounts; no limits of rate; no other servers. @PORT@ and @DATA@ are put in by the benchmark.
run_as_root = true
modules_enabled = {
	"disco"; "roster"; "saslauth"; "blocklist"; "bookmarks"; "carbons"; "pep"; "private"; "smacks"; "vcard4";
	"vcard_legacy"; "csi_simple"; "ping"; "time"; "uptime"; "version"; "posix"; "websocket";
}
modules_disabled = { "s2s"; "tls" }
pidfile = "@DATA@/prosody.pid"
data_path = "@DATA@"
log = { warn = "@DATA@/prosody.log" }
interfaces = { "127.0.0.1" }
http_interfaces = { "127.0.0.1" }
http_ports = { @PORT@ }
https_ports = {}
c2s_ports = {}
c2s_direct_tls_ports = {}
http_default_host = "localhost"
consider_websocket_secure = true
authentication = "anonymous"

VirtualHost "localhost"

Component "conference.localhost" "muc"
	muc_room_locking = false
