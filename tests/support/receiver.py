"""Somebody outside who is told things: an HTTPS server on this machine, with a certificate of its own making."""

import datetime
import http.server
import ipaddress
import json
import ssl
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PATIENCE = 30


class Receiver:
    """Notes what arrives. A path says how it is answered: /ok, /status/503, /twice/503/NAME (then 200), /redirect, /slow."""

    def __init__(self, folder):
        self.authority = folder / "authority.pem"
        certificate = folder / "receiver.pem"
        certify(self.authority, certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.heard, self.answered = [], {}
        self.news = threading.Condition()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.place = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"https://{self.place}{path}"

    def handler(receiver):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status = receiver.note(self.path, self.headers, body)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", receiver.url("/inside"))
                said = b"what is said inside stays inside"
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        return Handler

    def note(self, path, headers, body):
        words = path.strip("/").split("/")
        if words[0] == "slow":
            time.sleep(3)
        with self.news:
            self.heard.append({"path": path, "headers": headers, "text": body, "body": json.loads(body), "at": time.time()})
            times = self.answered[path] = self.answered.get(path, 0) + 1
            self.news.notify_all()
        match words[0]:
            case "status":
                return int(words[1])
            case "twice" if times <= 2:
                return int(words[1])
            case "redirect":
                return 302
        return 200

    def at(self, path):
        with self.news:
            return [heard for heard in self.heard if heard["path"] == path]

    def wait(self, path, count=1, patience=PATIENCE):
        """What arrived at the path, once it is so many."""
        with self.news:
            arrived = self.news.wait_for(lambda: len([h for h in self.heard if h["path"] == path]) >= count, patience)
        assert arrived, f"{path}: {count} were expected, {len(self.at(path))} arrived"
        return self.at(path)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def certify(authority, certificate):
    """A certificate for this machine, signed by an authority that nobody else knows."""
    signer, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.datetime.now(datetime.timezone.utc)

    def build(name, issuer, public):
        subject, issued_by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer))
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issued_by).public_key(public)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=2))

    root = build("test authority", "test authority", signer.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(signer, hashes.SHA256())
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
    leaf = build("receiver", "test authority", key.public_key())
    leaf = leaf.add_extension(x509.SubjectAlternativeName(names), critical=False)
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True).sign(signer, hashes.SHA256())
    pem = serialization.Encoding.PEM
    authority.write_bytes(root.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate.write_bytes(leaf.public_bytes(pem) + secret)
