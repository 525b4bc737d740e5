"""Files: uploaded (XEP-0363), and through the SOCKS5 proxy (XEP-0065)."""

import os
import ssl

import aiohttp

from client import PATIENCE, online, refusal, upcoming


async def upload(job, dora, emil):
    found = await dora["xep_0363"].find_upload_service()
    [limit] = [int(form["values"]["max-file-size"]) for form in found["disco_info"].iterables
               if form["values"]["FORM_TYPE"] == ["urn:xmpp:http:upload:0"]]
    file = os.urandom(200_000)

    def slot(size):
        return dora["xep_0363"].request_slot(found["from"], "holiday.jpg", size, "image/jpeg")

    granted = (await slot(len(file)))["http_upload_slot"]
    headers = {header["name"]: header["value"] for header in granted["put"]["headers"]}
    checked = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=job["ca"]), resolver=aiohttp.ThreadedResolver())
    async with aiohttp.ClientSession(connector=checked) as http:
        async with http.put(granted["put"]["url"], data=file, headers={"content-type": "image/jpeg", **headers}) as answer:
            put = answer.status
        async with http.get(granted["get"]["url"]) as answer:
            get, kind, same = answer.status, answer.content_type, await answer.read() == file
    return {"service": str(found["from"]), "put": put, "get": get, "type": kind, "same": same, "too large": await refusal(slot(limit + 1))}


async def bytestream(job, dora, emil):
    """Dora offers a stream through the proxy that the server has, Emil takes it, and has all of it when she closes it."""
    received = bytearray()
    closed = emil.collect("socks5_closed")
    file = os.urandom(300_000)
    emil["xep_0065"].auto_accept = True
    emil.add_event_handler("socks5_data", received.extend)
    sender = await dora["xep_0065"].handshake(emil.boundjid, timeout=PATIENCE)
    await sender.write(file)
    sender.transport.close()
    await upcoming(closed)
    proxies = await dora["xep_0065"].discover_proxies()
    return {"proxies": {str(jid): [host, int(port)] for jid, (host, port) in proxies.items()}, "same": bytes(received) == file}


async def run(job, see):
    async with online(job, "dora", "emil", plugins=("xep_0030", "xep_0065", "xep_0363")) as clients:
        for step in (upload, bytestream):
            await see(step, *clients)
