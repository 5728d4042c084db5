#!/usr/bin/env python3
"""Draws every icon from folkmoot.svg and tray-unread.svg beside it. Needs ImageMagick. Run it after changing one."""

import pathlib
import struct
import subprocess

HERE = pathlib.Path(__file__).parent
# What .icns calls its sizes; each holds a PNG.
ICNS = {b"icp4": 16, b"icp5": 32, b"icp6": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512}


def png(svg: str, size: int, name: str) -> bytes:
    out = HERE / name
    subprocess.run(
        ["convert", "-background", "none", "-density", "300", HERE / svg, "-resize", f"{size}x{size}",
         "-depth", "8", "-define", "png:color-type=6", "-strip", out],
        check=True,
    )
    return out.read_bytes()


def main() -> None:
    for size, name in [(32, "32x32.png"), (128, "128x128.png"), (256, "128x128@2x.png"), (512, "icon.png")]:
        png("folkmoot.svg", size, name)
    png("folkmoot.svg", 44, "tray.png")
    png("tray-unread.svg", 44, "tray-unread.png")

    parts = {size: png("folkmoot.svg", size, "part.png") for size in {16, 24, 48, *ICNS.values()}}
    (HERE / "part.png").unlink()

    sizes = [16, 24, 32, 48, 64, 256]
    head, body, at = struct.pack("<HHH", 0, 1, len(sizes)), b"", 6 + 16 * len(sizes)
    for size in sizes:
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(parts[size]), at + len(body))
        body += parts[size]
    (HERE / "icon.ico").write_bytes(head + body)

    chunks = b"".join(kind + struct.pack(">I", 8 + len(parts[size])) + parts[size] for kind, size in ICNS.items())
    (HERE / "icon.icns").write_bytes(b"icns" + struct.pack(">I", 8 + len(chunks)) + chunks)


main()
