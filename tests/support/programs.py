"""A small program for a supervisor: what it does at each of its starts is in its arguments."""

from pathlib import Path

from tradepods_cli.local.supervisor import Program

# What it does at its first start, its second, and so on: crash, say that it can't run, serve until it is told to stop.
PROGRAM = """
import argparse, pathlib, signal, sys

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("name")
parser.add_argument("acts", nargs="+")
parser.add_argument("--port", type=int)
given = parser.parse_args()

def note(file, text):
    with (given.folder / file).open("a") as lines:
        lines.write(text)

note(f"{given.name}.starts", "x")
number = len((given.folder / f"{given.name}.starts").read_text())
act = given.acts[min(number, len(given.acts)) - 1]

def stop(*_):
    note("stopped", given.name)
    sys.exit(0)

if act in ("serve", "deaf"):
    signal.signal(signal.SIGTERM, stop if act == "serve" else signal.SIG_IGN)
    draft = given.folder / f"{given.name}.draft"
    draft.write_text(str(given.port or 9000 + number))
    draft.replace(given.folder / f"{given.name}.port")
    while True:
        signal.pause()
print("starting", flush=True)
print(f"error: {given.name} finds no market", file=sys.stderr)
if act == "chatty":
    print("\\n".join(map(str, range(20))))
sys.exit({"crash": 1, "done": 0, "chatty": 3}[act] if act.isalpha() else int(act))
"""


def program(folder: Path, *acts: str, name: str = "p") -> Program:
    """A program that finds itself as `tiny_program`."""
    return Program(
        name=name,
        module="tiny_program",
        arguments=(str(folder), name, *acts),
        log=folder / f"{name}.log",
        port_file=folder / f"{name}.port",
    )


def starts(folder: Path, name: str = "p") -> int:
    """How often it was started."""
    return len((folder / f"{name}.starts").read_text())
