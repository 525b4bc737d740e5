"""Looks at an XMPP service as its users see it, and tells its administrators of alerts. See docs/probes.md."""
