-- Prosody that keeps accounts and archives in PostgreSQL, and nothing else. bench/archive.ts has it run beside the stack: in the
-- same image, with the same limits and certificate.
pidfile = "/var/lib/prosody/prosody.pid"
log = { warn = "*console" }
certificates = "certs"
c2s_direct_tls_ports = { 5223 }
modules_enabled = { "roster"; "saslauth"; "tls"; "disco"; "mam" }
password_hash = "SHA-256"
storage = "sql"
sql = { driver = "PostgreSQL"; database = "postgres"; host = "bare-postgres"; username = "postgres" }

VirtualHost "bench.localhost"
