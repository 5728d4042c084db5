// All features. A new one is a folder and a line here.
import { connection } from "../features/connection";
import { documents } from "../features/documents";
import { messages } from "../features/messages";
import { people } from "../features/people";
import { rooms } from "../features/rooms";
import { settings } from "../features/settings";
import { spaces } from "../features/spaces";
import { start } from "../features/start";
import type { Manifest } from "../session/manifest";

export const FEATURES: readonly Manifest[] = [messages, rooms, documents, people, spaces, connection, start, settings];
