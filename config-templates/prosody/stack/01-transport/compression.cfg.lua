-- Compression: off at every level. Compressing secrets together with text that an attacker chooses gives them away (CRIME).
-- Prosody has no stream compression (XEP-0138, obsolete) since 0.10; what is left to say is that TLS has none either.
-- HTTP bodies are compressed by the front, if there is one.
--
-- Options: ssl_compression

ssl_compression = false
