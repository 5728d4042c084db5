#!/usr/bin/env python3
"""A tray that nobody sees. `watch` is one, until it is ended; `watch hostless` only keeps items that nobody shows; the others speak to the item that registered there, and
print JSON: `item` its properties, `menu` its menu, `choose LABEL` clicks in that, `activate` clicks the icon."""

import hashlib
import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Watcher(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(dbus.service.BusName(WATCHER, bus), WATCHER_PATH)
        self.items = []

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        item = sender + service if service.startswith("/") else service + "/StatusNotifierItem"
        self.items = [*(known for known in self.items if known != item), item]
        self.StatusNotifierItemRegistered(item)

    @dbus.service.method(WATCHER, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        self.StatusNotifierHostRegistered()

    @dbus.service.signal(WATCHER, signature="s")
    def StatusNotifierItemRegistered(self, service):
        pass

    @dbus.service.signal(WATCHER)
    def StatusNotifierHostRegistered(self):
        pass

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return self.GetAll(interface)[name]

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return {
            "RegisteredStatusNotifierItems": dbus.Array(self.items, signature="s"),
            "IsStatusNotifierHostRegistered": "hostless" not in sys.argv,
            "ProtocolVersion": dbus.Int32(0),
        }


def registered(bus):
    watcher = dbus.Interface(bus.get_object(WATCHER, WATCHER_PATH), PROPERTIES)
    items = watcher.Get(WATCHER, "RegisteredStatusNotifierItems")
    if not items:
        sys.exit("no item")
    name, path = str(items[-1]).split("/", 1)
    return name, bus.get_object(name, "/" + path)


def layout(bus):
    name, item = registered(bus)
    path = dbus.Interface(item, PROPERTIES).Get(ITEM, "Menu")
    menu = dbus.Interface(bus.get_object(name, path), MENU)
    _, (_, _, rows) = menu.GetLayout(0, -1, [])
    return menu, list(flat(rows))


def flat(rows):
    """What can be clicked, each submenu followed by what is in it."""
    for number, properties, within in rows:
        yield {
            "id": int(number),
            "label": str(properties.get("label", "")).replace("_", ""),
            "enabled": bool(properties.get("enabled", True)),
            "separator": properties.get("type", "") == "separator",
        }
        yield from flat(within)


def main():
    loop = dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus(mainloop=loop)
    command, *rest = sys.argv[1:]
    if command == "watch":
        _watcher = Watcher(bus)
        print("watching", flush=True)
        GLib.MainLoop().run()
    elif command == "item":
        _, item = registered(bus)
        said = dbus.Interface(item, PROPERTIES).GetAll(ITEM)
        pixels = b"".join(bytes(picture[2]) for picture in said["IconPixmap"])
        tip = said["ToolTip"]
        print(json.dumps({"title": str(said["Title"]), "tip": str(tip[3]), "icon": hashlib.sha256(pixels).hexdigest()}))
    elif command == "menu":
        print(json.dumps([row for row in layout(bus)[1] if not row["separator"]]))
    elif command == "choose":
        menu, rows = layout(bus)
        row = next(row for row in rows if rest[0] in row["label"])
        menu.Event(row["id"], "clicked", dbus.Int32(0, variant_level=1), dbus.UInt32(0))
    elif command == "activate":
        dbus.Interface(registered(bus)[1], ITEM).Activate(0, 0)
    else:
        sys.exit(__doc__)


main()
