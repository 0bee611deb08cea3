"""Clients that send prepared requests as fast as they are answered: raw sockets, one connection each, in a process of their own.

Started by the measures with the requests on standard input, so that the interpreter that sends is not the one that measures.
"""

import json
import socket
import sys
import threading
import time

Reply = tuple[int, float]


def send(port: int, requests: list[bytes], into: list[Reply], start: threading.Barrier) -> None:
    """Send requests one after the other; a connection that was closed is opened again."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    start.wait()
    for request in requests:
        begun = time.perf_counter()
        connection.sendall(request)
        status, closes = _read(connection)
        into.append((status, time.perf_counter() - begun))
        if closes:
            connection.close()
            connection = socket.create_connection(("127.0.0.1", port))
    connection.close()


def _read(connection: socket.socket) -> tuple[int, bool]:
    held = b""
    while b"\r\n\r\n" not in held:
        more = connection.recv(65536)
        if not more:
            return 0, True
        held += more
    head, _, body = held.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").lower().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    missing = int(fields.get("content-length", "0")) - len(body)
    while missing > 0:
        missing -= len(connection.recv(65536))
    return int(lines[0].split()[1]), fields.get("connection") == "close"


def request(method: str, path: str, port: int, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def main() -> None:
    """Read port, clients and requests; write seconds taken and the replies."""
    given = json.load(sys.stdin)
    requests = [one.encode("latin-1") for one in given["requests"]]
    clients = given["clients"]
    replies: list[list[Reply]] = [[] for _ in range(clients)]
    start = threading.Barrier(clients + 1)
    threads = [
        threading.Thread(target=send, args=(given["port"], requests[n::clients], replies[n], start))
        for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    json.dump({"seconds": seconds, "replies": [reply for one in replies for reply in one]}, sys.stdout)


if __name__ == "__main__":
    main()
