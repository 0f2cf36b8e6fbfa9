"""Three tiny processes under the real supervisor: `python small_product.py <project> [flags…]`.

Flags change how they behave: crashing, stubborn, slow-step, failing-step, dead-web.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.local.run.__main__ import main
from app.local.run.children import ProcessSpec
from app.local.run.layout import Layout
from app.local.run.product import Plan, Ports, Step

_SERVER = """
import http.server, signal, sys
class Portal(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Portal).serve_forever()
"""
_STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
time.sleep(300)
"""


def small_plan(flags: set[str]) -> Plan:
    def python(code: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-c", code, *arguments)

    def processes(_layout: Layout, ports: Ports) -> list[ProcessSpec]:
        web = python("raise SystemExit('it is broken')") if "dead-web" in flags else python(_SERVER, str(ports.portal))
        standins = python(_SERVER, str(ports.standins))
        specs = [ProcessSpec("web", web, ports.portal), ProcessSpec("standins", standins, ports.standins)]
        if "crashing" in flags:
            specs.append(ProcessSpec("crashing", python("raise SystemExit(3)")))
        if "stubborn" in flags:
            specs.append(ProcessSpec("stubborn", python(_STUBBORN), patience=1.0))
        return specs

    code = "print('stepping', flush=True)"
    if "slow-step" in flags:
        code += "; import time; time.sleep(300)"
    if "failing-step" in flags:
        code = "raise SystemExit('column is missing')"
    afterwards = ProcessSpec("afterwards", python("raise SystemExit('nobody minds')"))
    return Plan((Step("Migrations", python(code)),), processes, afterwards=lambda _environment: [afterwards])


if __name__ == "__main__":
    sys.exit(main([], project=Path(sys.argv[1]), plan=small_plan(set(sys.argv[2:]))))
