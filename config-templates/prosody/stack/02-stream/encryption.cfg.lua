-- Encryption: none of it is optional, and a server has to prove by a valid certificate who it is. RFC 7590, RFC 6120
-- section 13. Encryption between users (OMEMO, XEP-0384; OpenPGP, XEP-0373) is their clients' matter, which keep the keys in
-- the nodes of 05-services/pubsub.
--
-- Options: c2s_require_encryption s2s_require_encryption s2s_allow_encryption s2s_secure_auth

c2s_require_encryption = true
s2s_require_encryption = true
s2s_allow_encryption = true
s2s_secure_auth = true
