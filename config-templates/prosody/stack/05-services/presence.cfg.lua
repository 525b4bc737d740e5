-- Presence: who is there (RFC 6121 section 4). Prosody loads the module itself.
-- A device with a negative priority gets no messages that are addressed to the account; that is its right.
--
-- Options: ignore_presence_priority

ignore_presence_priority = false
