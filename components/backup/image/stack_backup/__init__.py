"""Backups of an XMPP service: made, listed, restored and proven. See docs/backup.md."""
