"""A slixmpp client against a running stack: reads a JSON object with what to do from stdin, prints what it saw as JSON."""

import asyncio
import json
import ssl
import sys

import slixmpp

PATIENCE = 10
AVATAR = "urn:xmpp:avatar:metadata"


class Client(slixmpp.ClientXMPP):
    """One session; `failure` is set instead of being online when the server refuses."""

    def __init__(self, job, username, password=None, direct=False, tls12=False, plugins=()):
        account = job["accounts"][username]
        super().__init__(f"{username}@{job['domain']}", password or account)
        self.direct, self.job = direct, job
        self.ca_certs = job["ca"]
        self.enable_plaintext = False
        self.enable_direct_tls, self.enable_starttls = direct, not direct
        if tls12:
            self.ssl_context.maximum_version = ssl.TLSVersion.TLSv1_2
        for plugin in ("xep_0199", "xep_0198", *plugins):
            self.register_plugin(plugin)
        self.resumed = asyncio.Event()
        self.online = self.loop.create_future()
        self.add_event_handler("session_start", lambda _: self.settle(None))
        self.add_event_handler("session_resumed", lambda _: self.resumed.set())
        self.add_event_handler("failed_all_auth", lambda _: self.settle("not-authorized"))
        self.add_event_handler("connection_failed", lambda reason: self.settle(f"connection failed: {reason}"))
        self.messages = asyncio.Queue()
        for event in ("message", "groupchat_message"):
            self.add_event_handler(event, self.messages.put_nowait)

    def settle(self, failure):
        if not self.online.done():
            self.online.set_result(failure)

    async def log_in(self):
        port = self.job["c2sDirectTls"] if self.direct else self.job["c2s"]
        self.connect("127.0.0.1", port)
        failure = await asyncio.wait_for(self.online, PATIENCE)
        if failure:
            raise PermissionError(failure)
        return self

    def facts(self):
        """How the session came about."""
        return {
            "mechanism": self["feature_mechanisms"].mech.name,
            "tls": self.socket.version(),
            "certificate": sorted(name for _, name in self.socket.getpeercert()["subjectAltName"]),
        }

    async def message(self, body):
        """The message with that text, when it comes."""
        while True:
            message = await asyncio.wait_for(self.messages.get(), PATIENCE)
            if message["body"] == body:
                return message


async def archived(client, body, archive=None):
    """Ids of the messages with that text in an archive."""
    found = client["xep_0313"].iterate(jid=archive)
    return [item["mam_result"]["id"] async for item in found
            if item["mam_result"]["forwarded"]["stanza"]["body"] == body]


async def starttls(job):
    client = await Client(job, "dora", tls12=True).log_in()  # Python 3.11 binds channels up to TLS 1.2 only
    facts = client.facts()
    await client.disconnect()
    return facts


async def direct_tls(job):
    client = await Client(job, "dora", direct=True).log_in()
    facts = client.facts()
    await client.disconnect()
    return facts


async def wrong_password(job):
    try:
        await Client(job, "dora", password="not hers at all").log_in()
    except PermissionError as refusal:
        return str(refusal)
    return "logged in"


async def message(job, dora, emil):
    dora.send_message(mto=emil.boundjid.bare, mbody="Hello, Emil!", mtype="chat")
    received = await emil.message("Hello, Emil!")
    return {"from": received["from"].bare, "id": received["stanza_id"]["id"],
            "archived": await archived(emil, "Hello, Emil!"), "sent": len(await archived(dora, "Hello, Emil!"))}


async def room(job, dora, emil):
    name = f"dance@conference.{job['domain']}"
    await dora["xep_0045"].join_muc_wait(name, "Dora", timeout=PATIENCE)
    await dora["xep_0045"].set_affiliation(name, "member", jid=emil.boundjid.bare)
    await emil["xep_0045"].join_muc_wait(name, "Emil", timeout=PATIENCE)
    dora.send_message(mto=name, mbody="Waltz?", mtype="groupchat")
    received = await emil.message("Waltz?")
    return {"from": str(received["from"]), "id": received["stanza_id"]["id"], "archived": await archived(emil, "Waltz?", name)}


async def eventing(job, dora, emil):
    node = "urn:xmpp:bookmarks:1"
    item = slixmpp.xmlstream.ET.Element("{urn:xmpp:bookmarks:1}conference", {"name": "Dance"})
    await dora["xep_0060"].publish(None, node, id="dance@rooms.test", payload=item)
    fetched = await dora["xep_0060"].get_items(None, node)
    foreign = None
    try:
        await emil["xep_0060"].get_items(dora.boundjid.bare, node)
    except slixmpp.exceptions.IqError as error:
        foreign = error.condition
    return {"items": [found["id"] for found in fetched["pubsub"]["items"]], "foreign": foreign}


async def roster(job, dora, emil):
    await dora.get_roster()
    pushed = dora.loop.create_future()
    dora.add_event_handler("roster_update", lambda iq: iq["type"] == "set" and not pushed.done() and pushed.set_result(iq))
    await dora.update_roster(emil.boundjid.bare, name="Emil")
    push = await asyncio.wait_for(pushed, PATIENCE)
    return {"pushed": [str(jid) for jid in push["roster"]["items"]], "version": push["roster"]["ver"]}


async def resumption(job, dora, emil):
    before, jid = emil["xep_0198"].sm_id, str(emil.boundjid)
    emil.transport.abort()
    dora.send_message(mto=jid, mbody="Are you there?", mtype="chat")
    emil.connect("127.0.0.1", job["c2s"])
    await asyncio.wait_for(emil.resumed.wait(), PATIENCE)
    received = await emil.message("Are you there?")
    return {"same": emil["xep_0198"].sm_id == before and str(emil.boundjid) == jid, "to": str(received["to"]) == jid}


async def own_password(job, dora, emil):
    new = "a longer one than before"
    await dora["xep_0077"].change_password(new, jid=job["domain"])
    await dora.disconnect()
    client = await Client(job, "dora", password=new).log_in()
    await client.disconnect()
    try:
        await Client(job, "dora").log_in()
    except PermissionError as refusal:
        return {"new": "logged in", "old": str(refusal)}
    return {"new": "logged in", "old": "logged in"}


async def main(job):
    seen = {}

    async def see(step, *clients):
        try:
            seen[step.__name__] = await asyncio.wait_for(step(job, *clients), 4 * PATIENCE)
        except Exception as error:  # told as what was seen; the test says what it expects
            seen[step.__name__] = f"{type(error).__name__}: {error}"

    for step in (starttls, direct_tls, wrong_password):
        await see(step)
    plugins = ("xep_0030", "xep_0045", "xep_0060", "xep_0077", "xep_0313", "xep_0359")
    dora, emil = [await Client(job, name, plugins=plugins).log_in() for name in ("dora", "emil")]
    for client in (dora, emil):
        client.send_presence()
    for step in (message, room, eventing, roster, resumption, own_password):
        await see(step, dora, emil)
    await emil.disconnect()
    return seen


print(json.dumps(asyncio.run(main(json.load(sys.stdin)))))
