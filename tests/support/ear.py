"""Someone's open page, as far as it listens: the live stream and the names that it heard."""

import contextlib
import http.client
import json
import socket
import threading
import time


class Ear(threading.Thread):
    """Listens to the live stream and collects the names it hears."""

    def __init__(self, api, since=None):
        super().__init__(daemon=True)
        connection = http.client.HTTPConnection(api.url.removeprefix("http://"), timeout=60)
        connection.request("GET", "/api/v1/live" + (f"?since={since}" if since else ""), headers={"Authorization": api.session.headers["Authorization"]})
        self.socket = connection.sock
        self.answer = connection.getresponse()
        assert self.answer.status == 200 and self.answer.headers["Content-Type"].startswith("text/event-stream")
        self.heard, self.messages, self.text = set(), 0, ""
        self.start()

    def run(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            while line := self.answer.readline().decode():
                # Where the stream is says nothing of what changed.
                if not line.startswith("id:"):
                    self.text += line
                if line.startswith("data:") and line[5:].strip().startswith("["):
                    self.messages += 1
                    self.heard |= set(json.loads(line[5:]))

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.join(5)

    def hears(self, *names, within=5):
        end = time.monotonic() + within
        while time.monotonic() < end:
            if set(names) <= self.heard:
                return True
            time.sleep(0.02)
        raise AssertionError(f"wanted {names}, heard {self.heard}")

    def forgets(self):
        self.heard = set()
