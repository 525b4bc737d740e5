// The IM suite.
import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { fetchFrom, slotFor, upload } from "../web.ts";
import { componentFor, hasFeatures } from "./discovery.ts";
import { directInvitation, multiUserChat, roomArchive, selfPing } from "./group-chat.ts";
import { archive, blocking, carbons, instantMessaging, streamManagement } from "./messaging.ts";
import { avatarConversion, legacyBookmarks, nativeBookmarks, privateNodes, privateStorage, vcardAvatars, vcardTemp } from "./profiles.ts";
import type { ClientRow, Requirement, ServerRow, Suite } from "./row.ts";
import type { TestedServer } from "./tested-server.ts";

/** XEP-0363: what is uploaded comes back. */
async function httpUpload({ alice }: TestedServer): Promise<void> {
  const service = await componentFor(alice, "store/file");
  await hasFeatures(alice, service, "urn:xmpp:http:upload:0");
  const file = randomBytes(20_000);
  const slot = await slotFor(alice, service, { size: file.length });
  expect((await upload(slot, file)).status).toBe(201);
  const { status, body } = await fetchFrom(slot.get);
  expect([status, body.equals(file)]).toEqual([200, true]);
}

type Levels = readonly [Requirement, Requirement];
const core: Levels = ["✓", "✓"];
const advanced: Levels = ["–", "✓"];

const server = (feature: string, levels: Levels, specification: string, title: string, probe: ServerRow["probe"], by: readonly string[], seen: string): ServerRow =>
  ({ feature, levels, specification, title, probe, by, seen });
const client = (feature: string, specification: string, title: string, left: string): ClientRow => ({ feature, levels: ["N/A", "N/A"], specification, title, client: left });

export const im: Suite = {
  name: "IM",
  rows: [
    server("Core features", core, "RFC 6121", "XMPP Instant Messaging and Presence", instantMessaging, ["roster", "presence", "message", "offline"], "contacts with versions, subscriptions both ways, presence coming and going, messages to people here and (kept) away"),
    client("The /me command", "XEP-0245", "The /me Command", "none, it is text"),
    client("User avatars", "XEP-0084", "User Avatar", "the nodes that avatars are published to (XEP-0163)"),
    server("User avatar compatibility", advanced, "XEP-0398", "User Avatar to vCard-Based Avatars Conversion", avatarConversion, ["vcard_legacy", "pep"], "an avatar becomes the picture of the vCard, and the other way round"),
    server("User avatar compatibility", advanced, "XEP-0153", "vCard-Based Avatars", vcardAvatars, ["vcard_legacy"], "presence carries the hash of the picture"),
    server("vcard-temp", core, "XEP-0054", "vcard-temp", vcardTemp, ["vcard_legacy"], "what one sets another reads"),
    server("Outbound message synchronization", core, "XEP-0280", "Message Carbons", carbons, ["carbons"], "another device gets copies of what is sent and received"),
    server("User blocking", advanced, "XEP-0191", "Blocking Command", blocking, ["blocklist"], "who is blocked is listed, not heard, and not written to by mistake; unblocked, is heard again"),
    server("Group chat", core, "XEP-0045", "Multi-User Chat", multiUserChat, ["muc"], "a room is found, made, joined, talked in and left"),
    server("Group chat", core, "XEP-0249", "Direct MUC Invitations", directInvitation, ["message"], "a message between clients, which arrives from contacts; strangers' the firewall takes for spam"),
    server("Advanced group chat", advanced, "XEP-0048", "Bookmarks", legacyBookmarks, ["bookmarks", "private", "pep"], "bookmarks in private storage and in the old node are those of XEP-0402"),
    server("Advanced group chat", advanced, "XEP-0313", "Message Archive Management, of a room", roomArchive, ["muc_mam"], "a member reads what was said, by the id that it came with"),
    server("Advanced group chat", advanced, "XEP-0402", "PEP Native Bookmarks", nativeBookmarks, ["bookmarks", "pep"], "the account says `#compat`, and what is published there is in both old places"),
    server("Advanced group chat", advanced, "XEP-0410", "MUC Self-Ping", selfPing, ["muc", "ping"], "the room itself answers who is in, and refuses who is not"),
    server("Persistent storage of private data", advanced, "XEP-0223", "Persistent Storage of Private Data via PubSub", privateNodes, ["pep"], "a node that only its owner reads, and that is never opened by accident"),
    server("Private XML storage", advanced, "XEP-0049", "Private XML Storage", privateStorage, ["private"], "comes back as it was set, to its owner only"),
    server("Stream management", advanced, "XEP-0198", "Stream Management", streamManagement, ["smacks"], "a lost connection is resumed, and what was sent meanwhile arrives"),
    client("Message acknowledgements", "XEP-0184", "Message Delivery Receipts", "to deliver them"),
    server("History storage and retrieval", advanced, "XEP-0313", "Message Archive Management", archive, ["mam"], "both sides find a message in their archives, by the id that it came with"),
    client("Chat states", "XEP-0085", "Chat State Notifications", "to deliver them, and to spare devices in the background (XEP-0352)"),
    client("Message correction", "XEP-0308", "Last Message Correction", "to deliver and archive them"),
    { ...server("File upload", core, "XEP-0363", "HTTP File Upload", httpUpload, ["http_file_share", "stack_uploads"], "a slot, an upload through Nginx, and the same bytes back"), https: true },
    client("Direct file transfer", "XEP-0234", "Jingle File Transfer", "to deliver the offers"),
    client("Direct file transfer", "XEP-0261", "Jingle In-Band Bytestreams", "to deliver the bytes, as stanzas"),
  ],
};
