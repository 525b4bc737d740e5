"""What Alertmanager posts, as a text for people, and on its way to them as a chat message.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

import json
import unicodedata
from xml.etree import ElementTree

from . import config, metrics
from .account import session
from .errors import ProbeError

# Of one message; the rest is counted.
_LINES = 20
_LINE = 1000

# Seconds for a login and all messages. Alertmanager tries again.
PATIENCE = 30


class MalformedError(Exception):
    """Its text says what is not as Alertmanager has it."""


def text(body: bytes) -> str:
    """One message about a group: a line for each alert. @raises MalformedError"""
    try:
        group = json.loads(body)
    except ValueError as error:
        raise MalformedError("found no JSON, expected what Alertmanager posts") from error
    if not isinstance(group, dict) or group.get("version") != "4":
        raise MalformedError('found no "version": "4", expected what Alertmanager posts')
    alerts = group.get("alerts")
    if not isinstance(alerts, list) or not alerts:
        raise MalformedError('found no "alerts", expected a list with at least one')
    lines = [_line(alert) for alert in alerts]
    more = len(lines) - _LINES
    return "\n".join([*lines[:_LINES], *([f"and {more} more"] if more > 0 else [])])


def _line(alert: object) -> str:
    if not isinstance(alert, dict) or alert.get("status") not in ("firing", "resolved"):
        raise MalformedError('found an alert whose "status" is neither firing nor resolved')
    labels, notes = alert.get("labels", {}), alert.get("annotations", {})
    if not all(isinstance(table, dict) and all(isinstance(value, str) for value in table.values()) for table in (labels, notes)):
        raise MalformedError('found "labels" or "annotations" that are no objects of texts')
    summary = notes.get("summary") or labels.get("alertname") or "an alert without a name"
    parts = [summary, notes.get("description"), notes.get("runbook_url") or notes.get("runbook")]
    return _plain(f"[{alert['status']}] {' - '.join(part for part in parts if part)}")


def _plain(line: str) -> str:
    """In one line, without what XML cannot have."""
    words = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter for letter in line)
    return " ".join(words.split())[:_LINE]


async def send(message: str) -> None:
    """To everybody who is to be told. @raises ProbeError where it has reached nobody and may be tried again"""
    settings = config.read()
    refused: list[str] = []
    sent = False
    try:
        async with session(settings) as client:
            client.add_event_handler("message_error", lambda error: refused.append(error["from"].bare))
            for jid in settings.chat:
                client.send_message(mto=jid, mbody=message, mtype="chat")
            # What is asked after them is answered after them.
            await client.asked(settings.domains[0].name, ElementTree.Element("{urn:xmpp:ping}ping"))
            sent = True
    finally:
        failed = len(refused) if sent else len(settings.chat)
        metrics.alerts.labels("failed").inc(failed)
        metrics.alerts.labels("ok").inc(len(settings.chat) - failed)
    for jid in refused:
        print(f"alerts.chat: {jid} takes no messages of {settings.canary.jid}", flush=True)
    if settings.chat and len(refused) == len(settings.chat):
        raise ProbeError("nobody in alerts.chat takes a message")
