"""A visitor without a browser: speaks the dashboard's own protocol over a real websocket."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

PATIENCE = 120.0
"""Seconds a run of a page may take."""


@dataclass
class Drawn:
    """What one run of a page sent."""

    seconds: float
    messages: list[Any] = field(default_factory=list)

    @property
    def errors(self) -> list[str]:
        """Bugs and error boxes, in words."""
        return [*self._exceptions(), *self._alerts()]

    @property
    def labels(self) -> list[str]:
        """What stands on popovers and buttons."""
        blocks = [m.delta.add_block.popover.label for m in self._deltas("add_block")]
        elements = (m.delta.new_element for m in self._deltas("new_element"))
        return [*filter(None, blocks), *(e.button.label for e in elements if e.HasField("button"))]

    @property
    def query(self) -> str:
        """The address that the page has written, without what stands before `?`."""
        said = [m.page_info_changed.query_string for m in self._of("page_info_changed")]
        return said[-1] if said else ""

    def _exceptions(self) -> Iterator[str]:
        for message in self._deltas("new_element"):
            if message.delta.new_element.HasField("exception"):
                yield message.delta.new_element.exception.message

    def _alerts(self) -> Iterator[str]:
        for message in self._deltas("new_element"):
            alert = message.delta.new_element.alert
            if alert.format == Alert.ERROR:
                yield alert.body

    def _deltas(self, kind: str) -> Iterator[Any]:
        return (m for m in self._of("delta") if m.delta.WhichOneof("type") == kind)

    def _of(self, kind: str) -> Iterator[Any]:
        return (m for m in self.messages if m.WhichOneof("type") == kind)


class Client:
    """One session of the dashboard: an open line, and the page that it is on."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._ask = BackMsg()

    def send(self) -> None:
        """Ask for a run of the page, without waiting for it."""
        self._line.send(self._ask.SerializeToString())

    def drawn(self) -> Drawn:
        """Everything that the run which was asked for sends."""
        began, messages = time.perf_counter(), []
        while not messages or messages[-1].WhichOneof("type") != "script_finished":
            raw = self._line.recv(timeout=PATIENCE)
            message = ForwardMsg()
            message.ParseFromString(raw)
            messages.append(message)
        return Drawn(time.perf_counter() - began, messages)

    def run(self) -> Drawn:
        """Run the page once."""
        self.send()
        return self.drawn()

    def turn_to(self, page: str, query: str = "") -> None:
        """Be on another page from the next run on, as by a click in the menu."""
        self._ask.rerun_script.page_name = page
        self._ask.rerun_script.query_string = query
        self._ask.rerun_script.page_script_hash = ""


@contextmanager
def visit(url: str, page: str = "", query: str = "") -> Iterator[Client]:
    """A session of the dashboard at `url`, on a page, with what stands behind `?`."""
    where = url.replace("http://", "ws://") + "/_stcore/stream"
    with connect(
        where, subprotocols=["streamlit"], origin=url, max_size=None, open_timeout=PATIENCE
    ) as line:
        client = Client(line)
        client.turn_to(page, query)
        yield client


def all_drawn(clients: Sequence[Client]) -> list[Drawn]:
    """Let all run their pages at the same time."""
    for client in clients:
        client.send()
    return [client.drawn() for client in clients]
