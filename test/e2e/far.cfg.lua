-- A server of somebody else's: it shares Prosody's image with the stack, and no line of configuration. How it finds
-- others is put before this (other-server.ts).

data_path = "/tmp"
pidfile = "/tmp/prosody.pid"
admin_socket = "/tmp/prosody.sock"
modules_enabled = { "tls"; "saslauth"; "dialback"; "s2s_bidi"; "roster"; "disco"; "ping"; "mam"; "admin_shell" }
authentication = "internal_hashed"
password_hash = "SHA-256"

s2s_direct_tls_ports = { 5270 }
s2s_secure_auth = true
dialback_secret = "dialback secret of far.example"
certificates = "certs"
s2s_ssl = { cafile = "certs/authorities.crt" }
s2s_direct_tls_ssl = { cafile = "certs/authorities.crt" }

VirtualHost "far.example"
Component "conference.far.example" "muc"
muc_room_locking = false

-- Lists of spammers that operators share: whoever lists somebody makes the list.
Component "lists.far.example" "pubsub"
admins = { "fred@far.example" }
autocreate_on_publish = true
autocreate_on_subscribe = true
default_admin_affiliation = "owner"

-- Clients of these find a good certificate, servers a wrong one.
VirtualHost "self-signed.example"
s2s_ssl = { certificate = "wrong/self-signed.crt"; key = "wrong/self-signed.key" }

VirtualHost "expired.example"
s2s_ssl = { certificate = "wrong/expired.crt"; key = "wrong/expired.key" }

VirtualHost "other-name.example"
s2s_ssl = { certificate = "wrong/other-name.crt"; key = "wrong/other-name.key" }

VirtualHost "unknown-ca.example"
s2s_ssl = { certificate = "wrong/unknown-ca.crt"; key = "wrong/unknown-ca.key" }
