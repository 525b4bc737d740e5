"""A session of slixmpp, and what several subjects do with one."""

import asyncio
import contextlib
import ssl

import slixmpp
from slixmpp.exceptions import IqError, PresenceError

PATIENCE = 10


def resolve_locally(domain):
    """No name server knows the stack's names: all of them are this machine."""
    loop = asyncio.get_running_loop()
    resolve = loop.getaddrinfo

    def local(host, *args, **kwargs):
        return resolve("127.0.0.1" if f".{host}".endswith(f".{domain}") else host, *args, **kwargs)

    loop.getaddrinfo = local


class Client(slixmpp.ClientXMPP):
    """One session. Logging in raises PermissionError when the server refuses."""

    def __init__(self, job, username, password=None, resource="", direct=False, tls12=False, plugins=()):
        account = job["accounts"][username]
        super().__init__(f"{username}@{job['domain']}/{resource}".rstrip("/"), password or account)
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
        self.messages = self.collect("message", "groupchat_message")

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

    def collect(self, *events):
        """What these events bring from now on, for `upcoming` to take."""
        queue = asyncio.Queue()
        for event in events:
            self.add_event_handler(event, queue.put_nowait)
        return queue

    async def message(self, body):
        """The message with that text, when it comes."""
        return await upcoming(self.messages, lambda message: message["body"] == body)


async def upcoming(queue, matches=lambda _: True):
    """The next of a collection that matches; those before it are dropped."""
    while True:
        found = await asyncio.wait_for(queue.get(), PATIENCE)
        if matches(found):
            return found


@contextlib.asynccontextmanager
async def online(job, *logins, plugins=(), interests=()):
    """Sessions that have sent their presence: of `name`, or of `name/resource`. It tells their interests (XEP-0163)."""
    clients = []
    for login in logins:
        name, _, resource = login.partition("/")
        clients.append(await Client(job, name, resource=resource, plugins=plugins).log_in())
    for client in clients:
        await client.get_roster()
        for namespace in interests:
            client["xep_0030"].add_feature(f"{namespace}+notify")
        if interests:
            await client["xep_0115"].update_caps(broadcast=False)
        client.send_presence()
    try:
        yield clients
    finally:
        for client in clients:
            await client.disconnect()


async def befriend(one, other):
    """Each sees the other's presence; slixmpp consents and asks in return by itself."""
    if one.client_roster[other.boundjid.bare]["subscription"] == "both":
        return
    subscribed = [client.collect("roster_update") for client in (one, other)]
    one.send_presence_subscription(other.boundjid.bare)
    for queue, contact in zip(subscribed, (other, one)):
        await upcoming(queue, lambda iq: iq["roster"]["items"].get(contact.boundjid.bare, {}).get("subscription") == "both")


def submission(client, kind, fields):
    """A form that is sent in (XEP-0004)."""
    form = client["xep_0004"].make_form(ftype="submit")
    form.add_field(var="FORM_TYPE", ftype="hidden", value=kind)
    for name, value in fields.items():
        form.add_field(var=name, value=value)
    return form


async def archived(client, body, archive=None):
    """Ids of the messages with that text in an archive."""
    found = client["xep_0313"].iterate(jid=archive)
    return [item["mam_result"]["id"] async for item in found
            if item["mam_result"]["forwarded"]["stanza"]["body"] == body]


async def refusal(request):
    """The condition (RFC 6120 section 8.3.3) of the error that answers a request."""
    try:
        await request
    except (IqError, PresenceError) as error:
        return error.condition
    return "granted"
