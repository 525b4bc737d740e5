"""Logging in, coming back, the roster, one's password, and the errors of RFC 6120 and 6121."""

import asyncio

from client import PATIENCE, Client, online, refusal, upcoming


async def starttls(job):
    client = await Client(job, "dora", tls12=True).log_in()  # Python 3.11 binds channels up to TLS 1.2 only
    return await facts(client)


async def direct_tls(job):
    client = await Client(job, "dora", direct=True).log_in()
    return await facts(client)


async def facts(client):
    """How the session came about; it ends."""
    seen = {
        "mechanism": client["feature_mechanisms"].mech.name,
        "tls": client.socket.version(),
        "certificate": sorted(name for _, name in client.socket.getpeercert()["subjectAltName"]),
    }
    await client.disconnect()
    return seen


async def wrong_password(job):
    try:
        await Client(job, "dora", password="not hers at all").log_in()
    except PermissionError as error:
        return str(error)
    return "logged in"


async def roster(job, dora, emil):
    pushes = dora.collect("roster_update")
    await dora.update_roster(emil.boundjid.bare, name="Emil")
    push = await upcoming(pushes, lambda iq: iq["type"] == "set")
    return {"pushed": [str(jid) for jid in push["roster"]["items"]], "version": push["roster"]["ver"]}


async def errors(job, dora, emil):
    """By what was asked for: an address that nobody has, something that no server knows, a contact that is none."""
    domain = job["domain"]
    bounces = dora.collect("message_error")
    dora.send_message(mto=f"nobody@{domain}", mbody="Anybody?", mtype="chat")
    bounce = await upcoming(bounces)

    def asking(whom, query="urn:e2e:unknown"):
        return refusal(dora.make_iq_get(queryxmlns=query, ito=whom).send())

    return {
        "message to nobody": bounce["error"]["condition"],
        "request to nobody": await asking(f"nobody@{domain}"),
        "request to a session that is not there": await asking(f"{emil.boundjid.bare}/elsewhere"),
        "unknown request": await asking(domain),
        "removing no contact": await refusal(dora.update_roster(f"nobody@{domain}", subscription="remove", block=False)),
        "somebody else's roster": await asking(emil.boundjid.bare, "jabber:iq:roster"),
    }


async def conflict(job):
    """A session that logs in under another's resource replaces it."""
    async with online(job, "emil/desk") as [first]:
        ends = first.collect("stream_error")
        async with online(job, "emil/desk") as [second]:
            end = await upcoming(ends)
            return {"first": end["condition"], "second": str(second.boundjid.resource)}


async def resumption(job, dora, emil):
    before, jid = emil["xep_0198"].sm_id, str(emil.boundjid)
    emil.transport.abort()
    dora.send_message(mto=jid, mbody="Are you there?", mtype="chat")
    emil.connect("127.0.0.1", job["c2s"])
    await asyncio.wait_for(emil.resumed.wait(), PATIENCE)
    received = await emil.message("Are you there?")
    return {"same": emil["xep_0198"].sm_id == before and str(emil.boundjid) == jid, "to": str(received["to"]) == jid}


async def own_password(job, dora, emil):
    old, new = job["accounts"]["dora"], "a longer one than before"
    await dora["xep_0077"].change_password(new, jid=job["domain"])
    job["accounts"]["dora"] = new
    seen = {}
    for name, password in (("new", new), ("old", old)):
        try:
            await (await Client(job, "dora", password=password).log_in()).disconnect()
            seen[name] = "logged in"
        except PermissionError as error:
            seen[name] = str(error)
    return seen


async def run(job, see):
    for step in (starttls, direct_tls, wrong_password, conflict):
        await see(step)
    async with online(job, "dora", "emil", plugins=("xep_0077",)) as clients:
        for step in (roster, errors, resumption, own_password):
            await see(step, *clients)
