"""Messages between people: archived, copied to other devices, read page by page."""

from client import archived, befriend, online, upcoming

PAGES = 25
BY = 10


async def message(job, dora, emil, phone):
    dora.send_message(mto=emil.boundjid.bare, mbody="Hello, Emil!", mtype="chat")
    received = await emil.message("Hello, Emil!")
    return {"from": received["from"].bare, "id": received["stanza_id"]["id"],
            "archived": await archived(emil, "Hello, Emil!"), "sent": len(await archived(dora, "Hello, Emil!"))}


async def carbons(job, dora, emil, phone):
    """Emil's phone gets copies of what his desk receives and sends, while it wants them (XEP-0280)."""
    copies = {kind: phone.collect(f"carbon_{kind}") for kind in ("received", "sent")}

    async def talk(text):
        dora.send_message(mto=emil.boundjid, mbody=f"{text}?", mtype="chat")
        await emil.message(f"{text}?")
        emil.send_message(mto=dora.boundjid, mbody=f"{text}!", mtype="chat")
        await dora.message(f"{text}!")

    async def copied(kind):
        return (await upcoming(copies[kind]))[f"carbon_{kind}"]["body"]

    await phone["xep_0280"].enable()
    await talk("With copies")
    seen = {kind: await copied(kind) for kind in copies}
    await phone["xep_0280"].disable()
    await talk("Without")
    dora.send_message(mto=phone.boundjid, mbody="The end", mtype="chat")
    await phone.message("The end")  # which comes after any copy
    return {**seen, "unwanted": sum(queue.qsize() for queue in copies.values())}


async def paging(job, dora, emil, phone):
    """All of an archive in pages, from its beginning and from its end (XEP-0313, XEP-0059)."""
    for number in range(PAGES):
        emil.send_message(mto=dora.boundjid.bare, mbody=str(number), mtype="chat")
    await dora.message(str(PAGES - 1))

    async def pages(reverse):
        found = dora["xep_0313"].retrieve(with_jid=emil.boundjid.bare, iterator=True, reverse=reverse, rsm={"max": BY})
        texts = [[item["mam_result"]["forwarded"]["stanza"]["body"] for item in page["mam"]["results"]] async for page in found]
        return [numbers for numbers in ([text for text in page if text.isdecimal()] for page in texts) if numbers]

    return {"forwards": await pages(False), "backwards": await pages(True)}


async def run(job, see):
    async with online(job, "dora", "emil/desk", "emil/phone", plugins=("xep_0280", "xep_0313", "xep_0359")) as clients:
        await befriend(*clients[:2])
        for step in (paging, message, carbons):
            await see(step, *clients)
