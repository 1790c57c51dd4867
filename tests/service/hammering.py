# SPDX-License-Identifier: Apache-2.0
"""Clients in a process of their own: threads that ask POST /v1/discover until they are told to stop.

    python hammering.py PORT TOKEN THREADS OUT  < subjects.json

Each answer is one line of OUT: the time it came (CLOCK_MONOTONIC, seconds), how
long it took, the status, which subject it was, the digest of the answer, and
the answer itself where it is the first with this digest.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO

PAUSE = 0.01  # seconds between two questions of one thread, as of callers that do something with the answer


@dataclass
class Book:
    """Where all threads write what they got."""

    out: TextIO
    lock: threading.Lock = field(default_factory=threading.Lock)
    seen: set[str] = field(default_factory=set)

    def write(self, ended: float, took: float, status: int, number: int, text: bytes) -> None:
        """One answer."""
        digest = sha256(text).hexdigest()
        with self.lock:
            told = None if digest in self.seen else text.decode()
            self.seen.add(digest)
            self.out.write(json.dumps([ended, took, status, number, digest, told]) + "\n")


def ask(port: int, token: str, bodies: list[bytes], number: int, book: Book, stop: threading.Event) -> None:
    """Ask for each body in turn, from that of this number on, over one connection that stays open."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while not stop.is_set():
        number = (number + 1) % len(bodies)
        begun = time.monotonic()
        connection.request("POST", "/v1/discover", bodies[number], headers)
        answer = connection.getresponse()
        text = answer.read()
        ended = time.monotonic()
        book.write(ended, ended - begun, answer.status, number, text)
        time.sleep(PAUSE)


def main(port: int, token: str, threads: int, out: Path, subjects: list[dict[str, Any]]) -> None:
    """Ask until standard input ends."""
    bodies = [json.dumps({"subject": subject}).encode() for subject in subjects]
    stop = threading.Event()
    with out.open("w", encoding="utf-8") as stream:
        book = Book(stream)
        given = [(port, token, bodies, number, book, stop) for number in range(threads)]
        workers = [threading.Thread(target=ask, args=each) for each in given]
        for worker in workers:
            worker.start()
        sys.stdin.read()
        stop.set()
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]), json.loads(sys.stdin.readline()))
