"""Personal eventing (XEP-0163) and the shared service (XEP-0060)."""

import base64
import hashlib
import os

from slixmpp.xmlstream import ET, tostring

from client import befriend, online, refusal, submission, upcoming

BOOKMARKS = "urn:xmpp:bookmarks:1"
AVATAR = "urn:xmpp:avatar:metadata"


def options(client, **fields):
    """What a node has to be like for the item to be published (XEP-0060 section 7.1.5)."""
    return submission(client, "http://jabber.org/protocol/pubsub#publish-options", {f"pubsub#{name}": value for name, value in fields.items()})


async def bookmarks(job, dora, emil, tablet, gina):
    """A room's bookmark reaches the owner's other device, and nobody else (XEP-0402)."""
    events = tablet.collect("bookmark_publish")
    bookmark = ET.Element(f"{{{BOOKMARKS}}}conference", {"name": "Dance", "autojoin": "true"})
    ET.SubElement(bookmark, f"{{{BOOKMARKS}}}nick").text = "Dora"
    form = options(dora, persist_items="true", access_model="whitelist", send_last_published_item="never", max_items="max")
    await dora["xep_0060"].publish(None, BOOKMARKS, id="dance@rooms.test", payload=bookmark, options=form)
    event = await upcoming(events)
    [item] = (await tablet["xep_0060"].get_items(None, BOOKMARKS))["pubsub"]["items"]
    room = item["conference"]
    return {
        "told": event["pubsub_event"]["items"]["item"]["id"],
        "kept": {"id": item["id"], "name": room["name"], "nick": room["nick"], "autojoin": room["autojoin"]},
        "foreign": await refusal(emil["xep_0060"].get_items(dora.boundjid.bare, BOOKMARKS)),
    }


async def avatar(job, dora, emil, tablet, gina):
    """Contacts and other devices are told of a new picture and fetch it (XEP-0084), old clients find it in the vCard (XEP-0398)."""
    picture = os.urandom(4000)
    digest = hashlib.sha1(picture).hexdigest()
    events = [client.collect("avatar_metadata_publish") for client in (emil, tablet)]
    await dora["xep_0084"].publish_avatar(picture)
    await dora["xep_0084"].publish_avatar_metadata({"id": digest, "type": "image/png", "bytes": len(picture)})
    told = [(await upcoming(queue))["pubsub_event"]["items"]["item"]["id"] for queue in events]
    fetched = await emil["xep_0084"].retrieve_avatar(dora.boundjid.bare, told[0])
    vcard = await emil["xep_0054"].get_vcard(dora.boundjid.bare)
    return {
        "told": told == [digest, digest],
        "same": fetched["pubsub"]["items"]["item"]["avatar_data"]["value"] == picture,
        "vcard": vcard["vcard_temp"]["PHOTO"]["BINVAL"] == picture,
    }


async def omemo(job, dora, emil, tablet, gina):
    """Two publish their device and its keys, and fetch the other's, as does somebody whom they do not know (XEP-0384)."""
    def key(length):
        return base64.b64encode(os.urandom(length)).decode()

    def bundle(namespace):
        element = ET.Element(f"{{{namespace}}}bundle")
        for name, length in (("spk", 32), ("spks", 64), ("ik", 32)):
            ET.SubElement(element, f"{{{namespace}}}{name}", {"id": "1"} if name == "spk" else {}).text = key(length)
        prekeys = ET.SubElement(element, f"{{{namespace}}}prekeys")
        for number in range(1, 101):
            ET.SubElement(prekeys, f"{{{namespace}}}pk", {"id": str(number)}).text = key(32)
        return element

    def devices(namespace, number):
        element = ET.Element(f"{{{namespace}}}devices")
        ET.SubElement(element, f"{{{namespace}}}device", {"id": number})
        return element

    namespace = "urn:xmpp:omemo:2"
    published = {}
    for client, number in ((dora, "31415"), (emil, "27182")):
        published[client] = [(f"{namespace}:devices", "current", devices(namespace, number)), (f"{namespace}:bundles", number, bundle(namespace))]
        for node, item, payload in published[client]:
            form = options(client, access_model="open", max_items="max")
            await client["xep_0060"].publish(None, node, id=item, payload=payload, options=form)
    seen = {}
    for fetching, owner in ((emil, dora), (dora, emil), (gina, dora)):
        for node, item, payload in published[owner]:
            answer = await fetching["xep_0060"].get_item(owner.boundjid.bare, node, item)
            [found] = answer["pubsub"]["items"]
            seen[f"{fetching.boundjid.user}: {node} of {owner.boundjid.user}"] = tostring(found["payload"]) == tostring(payload)
    return seen


async def shared_node(job, dora, emil, tablet, gina):
    """A node of the domain's service, from its creation to its end; who may not is refused."""
    service, node = f"pubsub.{job['domain']}", "news"
    as_user = await refusal(emil["xep_0060"].create_node(service, node))
    async with online(job, "admin", plugins=("xep_0060",)) as [admin]:
        events = {name: emil.collect(f"pubsub_{name}") for name in ("publish", "retract", "delete")}
        await admin["xep_0060"].create_node(service, node)
        await emil["xep_0060"].subscribe(service, node)
        await admin["xep_0060"].publish(service, node, id="1", payload=ET.Element("{urn:e2e:news}headline", {"text": "Rain"}))
        told = (await upcoming(events["publish"]))["pubsub_event"]["items"]["item"]
        forbidden = await refusal(emil["xep_0060"].publish(service, node, id="2", payload=ET.Element("{urn:e2e:news}headline")))
        await admin["xep_0060"].retract(service, node, "1", notify="true")
        retracted = (await upcoming(events["retract"]))["pubsub_event"]["items"]["retract"]["id"]
        await admin["xep_0060"].delete_node(service, node)
        deleted = (await upcoming(events["delete"]))["pubsub_event"]["delete"]["node"]
    return {"as a user": as_user, "told": [told["id"], told["payload"].get("text")], "publishing": forbidden,
            "retracted": retracted, "deleted": deleted, "afterwards": await refusal(emil["xep_0060"].get_items(service, node))}


async def run(job, see):
    plugins = ("xep_0004", "xep_0030", "xep_0054", "xep_0060", "xep_0084", "xep_0163", "xep_0402")
    async with online(job, "dora/desk", "emil", "dora/tablet", "gina", plugins=plugins, interests=(BOOKMARKS, AVATAR)) as clients:
        for client in clients:
            client["xep_0060"].map_node_event(BOOKMARKS, "bookmark")
        await befriend(*clients[:2])
        for step in (avatar, bookmarks, omemo, shared_node):  # the picture comes when the server knows everybody's interests
            await see(step, *clients)
