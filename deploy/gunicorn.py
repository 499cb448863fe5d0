"""gunicorn's settings, the same for the demo and for production."""

import os

bind = os.environ.get("BIND", "unix:/run/tsunagi/web.sock").split(",")
umask = 0o007  # the proxy's group may use the socket
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 60
graceful_timeout = 8
worker_tmp_dir = "/dev/shm"  # noqa: S108 - heartbeats in memory, whatever the disk does
max_requests = 5000
max_requests_jitter = 500
accesslog = None  # ours has routes, not addresses
forwarder_headers = ""  # no header names another place of ours
limit_request_line = 4094
limit_request_fields = 60
control_socket_disable = True
