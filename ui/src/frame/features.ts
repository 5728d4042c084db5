// All features, and what they give together. A new one is a folder and a line here.
import { connection } from "../features/connection";
import { documents } from "../features/documents";
import { messages } from "../features/messages";
import { notifications } from "../features/notifications";
import { people } from "../features/people";
import { pins } from "../features/pins";
import { reactions } from "../features/reactions";
import { rooms } from "../features/rooms";
import { settings } from "../features/settings";
import { spaces } from "../features/spaces";
import { start } from "../features/start";
import { threads } from "../features/threads";
import type { Manifest } from "../session/manifest";
import { registered } from "../session/registered";

export const FEATURES: readonly Manifest[] = [
  messages,
  reactions,
  threads,
  pins,
  rooms,
  documents,
  people,
  notifications,
  spaces,
  connection,
  start,
  settings,
];

registered.features = FEATURES;

const merged = <T extends object>(of: (feature: Manifest) => T | undefined): T =>
  Object.assign({}, ...FEATURES.map(of)) as T;

export const routes = merged(({ routes }) => routes);
export const panels = merged(({ panel }) => panel);
export const phases = merged(({ phases }) => phases);
export const rows = FEATURES.flatMap(({ rows }) => rows ?? []);
export const sections = FEATURES.flatMap(({ sidebar }) => sidebar ?? []);
export const notes = FEATURES.flatMap(({ notes }) => notes ?? []);
