// What can be done with pins: of a message, of the open room, and in the list of them.
import Pin from "@lucide/svelte/icons/pin";
import PinOff from "@lucide/svelte/icons/pin-off";
import { about, type Action } from "../../session/actions.svelte";
import { pinWords as words } from "../../words/pins";
import type { Room } from "../rooms";
import { pin } from "./pins.svelte";

const message = about("message", [
  {
    id: "pins.pin",
    group: "message",
    name: words.pin,
    icon: Pin,
    keys: ["p"],
    in: ["menu"],
    as: ({ message }) => (message.pinned ? { name: words.unpin, icon: PinOff } : {}),
    offered: ({ talk, message }) =>
      talk.session.canAct && talk.view?.can_pin === true && message.seq !== null && !message.deleted,
    run: ({ talk, message }) => void pin(talk.room, message.id, !message.pinned),
  },
]);

const shows = ({ session, room }: Room) => session.places.aside?.at === "pins" && session.places.aside.room === room;

const room = about("room", [
  {
    id: "pins.show",
    group: "room",
    name: words.show,
    icon: Pin,
    in: ["menu"],
    as: (room) => (shows(room) ? { name: words.hide } : {}),
    offered: ({ view }) => view?.held === true,
    run: (room) => {
      const { places } = room.session;
      if (shows(room)) places.closeAside();
      else places.openAside({ at: "pins", room: room.room });
    },
  },
]);

const one = about("pin", [
  {
    id: "pins.jump",
    group: "pins",
    name: words.jump,
    keys: ["Enter"],
    run: (at) => at.jump(),
  },
  {
    id: "pins.unpin",
    group: "pins",
    name: words.unpin,
    icon: PinOff,
    keys: ["Delete"],
    offered: ({ pins }) => pins.may,
    run: (at) => at.unpin(),
  },
]);

export const all: Action[] = [...message, ...room, ...one];
