"""Rooms: what was said before, who may do what, who gets in at all."""

from slixmpp.xmlstream.handler import Waiter
from slixmpp.xmlstream.matcher import StanzaPath

from client import PATIENCE, archived, online, refusal, submission, upcoming


def join(client, room, **how):
    return client["xep_0045"].join_muc_wait(room, client.boundjid.user.capitalize(), timeout=PATIENCE, **how)


async def entering(client, room):
    """The error that keeps a client out. slixmpp's own wait sees it only beside a copy of the request, which the server may omit."""
    answer = Waiter("refused", StanzaPath("presence@type=error"))
    client.register_handler(answer)
    client["xep_0045"].make_join_stanza(room, client.boundjid.user.capitalize()).send()
    return (await answer.wait(PATIENCE))["error"]["condition"]


async def room(job, dora, emil, gina):
    name = f"dance@conference.{job['domain']}"
    await join(dora, name)
    await dora["xep_0045"].set_affiliation(name, "member", jid=emil.boundjid.bare)
    await join(emil, name)
    dora.send_message(mto=name, mbody="Waltz?", mtype="groupchat")
    received = await emil.message("Waltz?")
    return {"from": str(received["from"]), "id": received["stanza_id"]["id"], "archived": await archived(emil, "Waltz?", name)}


async def history(job, dora, emil, gina):
    """Who comes later is told as much of what was said as they ask for, and of the subject."""
    name = f"history@conference.{job['domain']}"
    await join(dora, name)
    dora["xep_0045"].set_subject(name, "The past")
    for body in ("one", "two", "three"):
        dora.send_message(mto=name, mbody=body, mtype="groupchat")
    await dora.message("three")
    await dora["xep_0045"].set_affiliation(name, "member", jid=emil.boundjid.bare)
    seen = {}
    for wanted in (2, 0, None):
        presence, subject, occupants, told = await join(emil, name, maxstanzas=wanted)
        seen[str(wanted)] = [message["body"] for message in told]
        emil["xep_0045"].leave_muc(name, "Emil")
    return {**seen, "subject": subject["subject"]}


async def affiliations(job, dora, emil, gina):
    """In a room for anybody: owners make admins, admins ban, and who is banned is out and stays out."""
    name = f"ranks@conference.{job['domain']}"
    await join(dora, name)
    anybody = submission(dora, "http://jabber.org/protocol/muc#roomconfig", {"muc#roomconfig_membersonly": "0"})
    await dora["xep_0045"].set_room_config(name, anybody)
    for client in (emil, gina):
        await dora["xep_0045"].set_affiliation(name, "member", jid=client.boundjid.bare)
        await join(client, name)
    ban = {"jid": gina.boundjid.bare, "reason": "Stepped on feet"}
    as_member = await refusal(emil["xep_0045"].set_affiliation(name, "outcast", **ban))
    await dora["xep_0045"].set_affiliation(name, "admin", jid=emil.boundjid.bare)
    out = gina.collect(f"muc::{name}::got_offline")
    await emil["xep_0045"].set_affiliation(name, "outcast", **ban)
    banned = await upcoming(out, lambda presence: presence["from"].resource == "Gina")
    return {
        "as a member": as_member,
        "codes": sorted(banned["muc"]["status_codes"]),
        "again": await entering(gina, name),
        **{rank: await dora["xep_0045"].get_affiliation_list(name, rank) for rank in ("owner", "admin", "member", "outcast")},
    }


async def private(job, dora, emil, gina):
    """Nobody finds a new room, gets into it or reads it who is not its member."""
    service = f"conference.{job['domain']}"
    name = f"secret@{service}"
    await join(dora, name)
    dora.send_message(mto=name, mbody="Between us", mtype="groupchat")
    await dora.message("Between us")
    found = await gina["xep_0030"].get_items(service)
    return {
        "found": name in {str(jid) for jid, _, _ in found["disco_items"]["items"]},
        "entering": await entering(gina, name),
        "archive": await refusal(gina["xep_0313"].retrieve(jid=name)),
        "its member's": len(await archived(dora, "Between us", name)),
    }


async def run(job, see):
    async with online(job, "dora", "emil", "gina", plugins=("xep_0030", "xep_0045", "xep_0313", "xep_0359")) as clients:
        for step in (room, history, affiliations, private):
            await see(step, *clients)
