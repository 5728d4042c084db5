#!/usr/bin/env python3
"""A notification service with the capabilities that its arguments name, until it is ended. Prints what it is asked, a line
of JSON each. Its ids begin with 1, as those of any service do."""

import json
import sys

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Service(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(dbus.service.BusName(NAME, bus), "/org/freedesktop/Notifications")
        self.last = 0

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return dbus.Array(["body", "actions", *sys.argv[1:]], signature="s")

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, lasts):
        self.last = int(replaces) or self.last + 1
        print(json.dumps({"notify": self.last, "replaces": int(replaces), "body": str(body)}), flush=True)
        return dbus.UInt32(self.last)

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):
        print(json.dumps({"close": int(number)}), flush=True)
        self.NotificationClosed(number, dbus.UInt32(3))

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, why):
        pass


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
_service = Service(dbus.SessionBus())
print("serving", flush=True)
GLib.MainLoop().run()
